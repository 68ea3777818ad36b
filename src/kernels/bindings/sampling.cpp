// Sampled runs for Python: arrays in, counts out, and nothing of the interpreter in between.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>

#include "bindings/program_arrays.hpp"
#include "sampling/random.hpp"
#include "sampling/run.hpp"
#include "sampling/wide.hpp"
#include "stabilizer/support.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

struct SiteArrays {
  Input<std::int64_t> offsets, gates;
  Input<std::uint16_t> first, second;
  Input<double> strengths;

  Sites view() const { return {span(offsets), span(gates), span(first), span(second), span(strengths)}; }
};

template <class T>
nb::object copied(const std::vector<T>& values) {
  Array<T> array(values.size());
  std::copy(values.begin(), values.end(), array.data());
  return hand_over(array);
}

// Do `job` with the Sampling of a request, without the interpreter's lock.
template <class Job>
void with_sampling(const ProgramArrays& arrays, const SampleRequest& request, int threads, bool single,
                   const std::optional<std::string>& isa_name, const Job& job) {
  const Isa& isa =
      choose_isa(isa_name ? isa_name->c_str() : nullptr, single ? Precision::kSingle : Precision::kDouble);
  const nb::gil_scoped_release release;
  const ProgramView program = arrays.view();
  threads = std::min(threads, kMostThreads);
  CrewLease crew(threads);
  Sampling sampling(program, request, threads, isa, crew);
  job(sampling);
}

nb::object sample_arrays(const ProgramArrays& arrays, const SampleRequest& request, int threads, double memory_limit,
                         bool single, const std::optional<std::string>& isa_name) {
  Histograms found;
  double needed = 0;
  const double limit = std::min(memory_limit, kMostMemory);
  with_sampling(arrays, request, threads, single, isa_name, [&](Sampling& sampling) {
    needed = sampling.cost().bytes;
    if (needed <= limit) found = sampling.run();
  });
  if (needed > limit) return nb::int_(whole(needed));
  return nb::make_tuple(copied(found.offsets), copied(found.states), copied(found.counts));
}

nb::object estimate_arrays(const ProgramArrays& arrays, const SampleRequest& request, int threads, bool single) {
  SampleCost cost;
  Array<double> amounts;
  with_sampling(arrays, request, threads, single, std::nullopt, [&](Sampling& sampling) {
    cost = sampling.cost();
    amounts = amounts_of(cost.work.size(), [&](std::size_t circuit) { return cost.work[circuit]; });
  });
  return nb::make_tuple(whole(cost.bytes), hand_over(amounts));
}

// Exact answers of Clifford circuits; the others, and those with more states than `most`, have no entries.
nb::object clifford_distributions(const ProgramArrays& arrays, std::uint64_t most, int threads) {
  std::vector<std::optional<Support<std::uint64_t>>> supports;
  std::vector<std::int64_t> offsets = {0};
  Array<std::uint64_t> states;
  Array<double> probabilities;
  {
    const nb::gil_scoped_release release;
    const ProgramView program = arrays.view();
    CrewLease crew(threads);
    check_gates(program);
    supports.resize(program.n_circuits());
    crew.pool().share(threads, supports.size(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) {
        const auto circuit = clifford_circuit(program, k);
        if (!circuit) continue;
        supports[k] = support_of<std::uint64_t>(*circuit);
        if (supports[k]->basis.size() > 63 || (std::uint64_t{1} << supports[k]->basis.size()) > most) supports[k].reset();
      }
    });
    for (const auto& support : supports) {
      offsets.push_back(offsets.back() + (support ? std::int64_t{1} << support->basis.size() : 0));
    }
    states = Array<std::uint64_t>(offsets.back());
    probabilities = Array<double>(offsets.back());
    crew.pool().share(threads, supports.size(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) {
        const std::uint64_t count = offsets[k + 1] - offsets[k];
        for (std::uint64_t choice = 0; choice < count; ++choice) {
          states.data()[offsets[k] + choice] = supports[k]->state(choice);
          probabilities.data()[offsets[k] + choice] = 1 / static_cast<double>(count);
        }
      }
    });
  }
  return nb::make_tuple(copied(offsets), hand_over(states), hand_over(probabilities));
}

// log2 of the number of states of each Clifford circuit; -1 of others.
nb::object clifford_dimensions(const ProgramArrays& arrays, int threads) {
  std::vector<std::int32_t> dimensions;
  {
    const nb::gil_scoped_release release;
    const ProgramView program = arrays.view();
    CrewLease crew(threads);
    check_gates(program);
    dimensions.assign(program.n_circuits(), -1);
    crew.pool().share(threads, dimensions.size(), 1, [&](int, std::uint64_t first, std::uint64_t last) {
      for (std::uint64_t k = first; k < last; ++k) {
        const auto circuit = clifford_circuit(program, k);
        if (circuit) dimensions[k] = static_cast<std::int32_t>(support_of<std::uint64_t>(*circuit).basis.size());
      }
    });
  }
  return copied(dimensions);
}

// Do `job` with a program and a crew, without the interpreter's lock.
template <class Job>
WideAnswer with_crew(const ProgramArrays& arrays, int threads, const Job& job) {
  const nb::gil_scoped_release release;
  const ProgramView program = arrays.view();
  threads = std::min(threads, kMostThreads);
  CrewLease crew(threads);
  return job(program, threads, crew);
}

}  // namespace

void bind_sampling(nb::module_& module);

void bind_sampling(nb::module_& module) {
  nb::class_<SiteArrays>(module, "SiteArrays")
      .def(nb::new_([](Input<std::int64_t> offsets, Input<std::int64_t> gates, Input<std::uint16_t> first,
                       Input<std::uint16_t> second, Input<double> strengths) {
             return new SiteArrays{offsets, gates, first, second, strengths};
           }),
           nb::arg("offsets"), nb::arg("gates"), nb::arg("first"), nb::arg("second"), nb::arg("strengths"));
  module.def(
      "sample",
      [](const ProgramArrays& program, const SiteArrays& sites, Input<double> readout, Input<std::uint32_t> shots,
         std::uint64_t seed, std::uint32_t first_index, int threads, double memory_limit, bool single,
         std::size_t readout_stride, std::size_t groups, bool fixed_floor, std::optional<std::string> isa) {
        if (groups == 0) throw std::invalid_argument("groups: at least one");
        if (readout.size() < readout_stride * groups * shots.size()) throw std::invalid_argument("readout: one for each group");
        const Floor floor = fixed_floor ? Floor::kFixed : Floor::kByWidth;
        const SampleRequest request{span(shots),   seed,           first_index, sites.view(),
                                    span(readout), readout_stride, floor,       groups};
        return sample_arrays(program, request, threads, memory_limit, single, isa);
      },
      nb::arg("program"), nb::arg("sites"), nb::arg("readout"), nb::arg("shots"), nb::arg("seed"),
      nb::arg("first_index"), nb::arg("threads"), nb::arg("memory_limit"), nb::arg("single") = false,
      nb::arg("readout_stride") = 0, nb::arg("groups") = 1, nb::arg("fixed_floor") = false, nb::arg("isa") = nb::none(),
      "Return (offsets, states, counts), or the bytes needed where these are above memory_limit.");
  module.def(
      "estimate_sampling",
      [](const ProgramArrays& program, const SiteArrays& sites, Input<double> readout, Input<std::uint32_t> shots,
         int threads, bool single) {
        return estimate_arrays(program, {span(shots), 0, 0, sites.view(), span(readout)}, threads, single);
      },
      nb::arg("program"), nb::arg("sites"), nb::arg("readout"), nb::arg("shots"), nb::arg("threads"),
      nb::arg("single") = false, "Return (bytes at peak, the amounts of work of each circuit, one after the other).");
  module.def("clifford_distributions", clifford_distributions, nb::arg("program"), nb::arg("most"), nb::arg("threads"),
             "Return (offsets, states, probabilities) of the Clifford circuits with at most so many states.");
  module.def("clifford_dimensions", clifford_dimensions, nb::arg("program"), nb::arg("threads"),
             "Return log2 of the number of states of each Clifford circuit, and -1 of the others.");
  module.def(
      "wide_distributions",
      [](const ProgramArrays& arrays, std::uint64_t most, int threads) {
        const WideAnswer answer = with_crew(arrays, threads, [&](const ProgramView& program, int usable, CrewLease& crew) {
          return wide_distributions(program, most, usable, crew);
        });
        return nb::make_tuple(answer.n_words, copied(answer.offsets), copied(answer.words), copied(answer.dimensions));
      },
      nb::arg("program"), nb::arg("most"), nb::arg("threads"),
      "Return (words of a state, offsets, words, log2 of the number of states) of circuits of more than 64 qubits.");
  module.def(
      "sample_wide",
      [](const ProgramArrays& arrays, const SiteArrays& sites, Input<double> readout, Input<std::uint32_t> shots,
         std::uint64_t seed, std::uint32_t first_index, int threads) {
        const SampleRequest request{span(shots), seed, first_index, sites.view(), span(readout)};
        const WideAnswer answer = with_crew(arrays, threads, [&](const ProgramView& program, int usable, CrewLease& crew) {
          return sample_wide(program, request, usable, crew);
        });
        return nb::make_tuple(answer.n_words, copied(answer.offsets), copied(answer.words), copied(answer.counts));
      },
      nb::arg("program"), nb::arg("sites"), nb::arg("readout"), nb::arg("shots"), nb::arg("seed"),
      nb::arg("first_index"), nb::arg("threads"),
      "Return (words of a state, offsets, words, counts) of circuits of more than 64 qubits.");
  module.def(
      "philox",
      [](std::uint64_t key, std::uint64_t high, std::uint64_t low) {
        const auto bits = Philox(key)(high, low);
        return nb::make_tuple(bits[0], bits[1], bits[2], bits[3]);
      },
      nb::arg("key"), nb::arg("high"), nb::arg("low"), "Return the 128 random bits at a counter, in words of 32.");
}

}  // namespace paultrap
