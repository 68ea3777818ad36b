// Binds the writers of JSON: answers to pieces of text, as bytes of Python.
#include <nanobind/nanobind.h>

#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "bindings/arrays.hpp"
#include "json/answers.hpp"
#include "threads/parallel.hpp"

namespace nb = nanobind;

namespace paultrap {
namespace {

// Pieces of text as bytes. Needs the GIL, but not while it copies.
nb::list to_pieces(const std::vector<Text>& texts) {
  nb::list pieces;
  std::vector<char*> places;
  for (const Text& text : texts) {
    const auto size = static_cast<Py_ssize_t>(text.size());
    const nb::object piece = nb::steal(PyBytes_FromStringAndSize(nullptr, size));
    if (!piece.is_valid()) throw nb::python_error();
    places.push_back(PyBytes_AS_STRING(piece.ptr()));
    pieces.append(piece);
  }
  const nb::gil_scoped_release release;
  parallel_for(texts.size(), processors(), [&](std::size_t i) {
    if (texts[i].size()) std::memcpy(places[i], texts[i].data(), texts[i].size());
  });
  return pieces;
}

// What `write` gives without the GIL.
template <class Write>
auto without_gil(const Write& write) {
  const nb::gil_scoped_release release;
  return write();
}

nb::list histogram(Input<std::uint64_t> states, Input<std::int64_t> counts, int width) {
  return to_pieces(without_gil([&] { return write_histogram(span(states), span(counts), width); }));
}

nb::list shots(Input<std::uint64_t> states, int width) {
  return to_pieces(without_gil([&] { return write_shots(span(states), width); }));
}

nb::list distribution(Input<std::uint64_t> states, Input<double> probabilities, int width) {
  return to_pieces(without_gil([&] { return write_distribution(span(states), span(probabilities), width); }));
}

std::vector<std::string_view> names_of(const nb::list& ids) {
  std::vector<std::string_view> names;
  for (const nb::handle id : ids) {
    Py_ssize_t size = 0;
    const char* text = PyUnicode_AsUTF8AndSize(id.ptr(), &size);
    if (!text) throw nb::python_error();
    names.emplace_back(text, static_cast<std::size_t>(size));
  }
  return names;
}

nb::tuple aggregate(const nb::list& ids, Input<std::int64_t> offsets, Input<std::uint64_t> states,
                    Input<double> probabilities, std::size_t circuit, std::size_t entry, std::size_t most,
                    bool leading_comma) {
  const Answers answers{names_of(ids), span(offsets), span(states), span(probabilities)};
  const Aggregate found =
      without_gil([&] { return write_aggregate(answers, {circuit, entry}, most, leading_comma); });
  return nb::make_tuple(to_pieces(found.texts), found.end.circuit, found.end.entry);
}

}  // namespace

void bind_writer(nb::module_& module);
void bind_writer(nb::module_& module) {
  module.def("write_histogram", &histogram, nb::arg("states"), nb::arg("counts"), nb::arg("width"));
  module.def("write_shots", &shots, nb::arg("states"), nb::arg("width"));
  module.def("write_distribution", &distribution, nb::arg("states"), nb::arg("probabilities"), nb::arg("width"));
  module.def("write_aggregate", &aggregate, nb::arg("ids"), nb::arg("offsets"), nb::arg("states"),
             nb::arg("probabilities"), nb::arg("circuit"), nb::arg("entry"), nb::arg("most"),
             nb::arg("leading_comma"));
}

}  // namespace paultrap
