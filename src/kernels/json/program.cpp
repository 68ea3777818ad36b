// Copies the gates that were read into the arrays of a Program.
#include "json/program.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "json/gates.hpp"
#include "threads/parallel.hpp"

namespace paultrap {
namespace {

constexpr std::size_t kPieceBytes = 96 * 1024;  // of gate lists, for one thread at a time
constexpr std::size_t kGatesAtOnce = 4096;

// A run of gates and the circuit that it belongs to.
struct Part {
  std::size_t circuit;
  const ReadColumns* columns;
  const Run* run;
  Extent at;  // in the whole program
};

class Assembler {
 public:
  Assembler(std::string_view body, const std::vector<CircuitSource>& sources, const GateTable& table, int max_qubits)
      : body_(body), sources_(sources), table_(table), most_(std::min(max_qubits, kMostQubits)) {}

  // Takes from `lists` what is there.
  void take(const GateLists& lists) {
    GateLists::Place place;
    parts_.reserve(sources_.size() + sources_.size() / 8);
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      const CircuitSource& source = sources_[i];
      const std::size_t before = parts_.size();
      bool fits = true;
      const std::int64_t end = lists.visit(source.begin, place, [&](const ReadColumns& columns, const Run& run) {
        fits = fits && run.native == source.native && within(run, source);
        parts_.push_back({i, &columns, &run, {}});
      });
      if (end == source.end && fits) continue;
      parts_.resize(before);
      missing_.push_back(i);
    }
  }

  void miss_all() {
    for (std::size_t i = 0; i < sources_.size(); ++i) missing_.push_back(i);
  }

  // Reads the circuits that are still missing.
  void read_missing() {
    if (missing_.empty() || body_.size() > std::numeric_limits<std::uint32_t>::max()) return;
    const std::vector<std::size_t> ends = plan_pieces();
    read_.resize(ends.size());
    std::vector<std::vector<Part>> found(ends.size());
    parallel_for(ends.size(), processors(), [&](std::size_t piece) {
      GateReader reader(body_, table_, read_[piece]);
      std::vector<std::size_t> circuits;
      for (std::size_t k = piece ? ends[piece - 1] : 0; k < ends[piece]; ++k) {
        if (read_one(reader, missing_[k], read_[piece])) circuits.push_back(missing_[k]);
      }
      for (std::size_t k = 0; k < circuits.size(); ++k) {
        found[piece].push_back({circuits[k], &read_[piece], &read_[piece].runs[k], {}});
      }
    });
    for (const std::vector<Part>& parts : found) parts_.insert(parts_.end(), parts.begin(), parts.end());
    std::stable_sort(parts_.begin(), parts_.end(),
                     [](const Part& one, const Part& other) { return one.circuit < other.circuit; });
  }

  ScannedProgram assemble() {
    Extent total;
    for (Part& part : parts_) {
      part.at = total;
      total.gates += part.run->to.gates - part.run->from.gates;
      total.qubits += part.run->to.qubits - part.run->from.qubits;
      total.params += part.run->to.params - part.run->from.params;
    }
    ScannedProgram whole{NewProgram(sources_.size(), total), {}};
    describe(whole, total);
    const std::size_t blocks = total.gates / kGatesAtOnce + 1;
    const std::size_t length = (parts_.size() + blocks - 1) / blocks;
    parallel_for(blocks, processors(), [&](std::size_t block) {
      const std::size_t last = std::min(parts_.size(), (block + 1) * length);
      for (std::size_t k = block * length; k < last; ++k) {
        const Part& part = parts_[k];
        whole.program.put(*part.columns, part.run->from, part.run->to, part.at);
      }
    });
    return whole;
  }

 private:
  bool within(const Run& run, const CircuitSource& source) const {
    const int width = source.width < 0 ? most_ : source.width;
    return width <= kMostQubits && (run.highest < width || run.from.gates == run.to.gates);
  }

  bool read_one(GateReader& reader, std::size_t circuit, ReadColumns& columns) const {
    const CircuitSource& source = sources_[circuit];
    const char* const end = body_.data() + body_.size();
    const char* const begin = body_.data() + source.begin;
    if (*begin != '[' || !reader.read(begin, end + 1, source.native)) return false;
    const Run& run = columns.runs.back();
    if (run.end == source.end && within(run, source)) return true;
    columns.cut(run.from);
    columns.runs.pop_back();
    return false;
  }

  // Cuts the missing circuits into ranges of about kPieceBytes; the ends of the ranges.
  std::vector<std::size_t> plan_pieces() const {
    std::vector<std::size_t> ends;
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < missing_.size(); ++k) {
      const CircuitSource& source = sources_[missing_[k]];
      bytes += static_cast<std::size_t>(source.end - source.begin);
      if (bytes >= kPieceBytes || k + 1 == missing_.size()) {
        ends.push_back(k + 1);
        bytes = 0;
      }
    }
    return ends;
  }

  // Fills in what there is once for each circuit.
  void describe(ScannedProgram& whole, const Extent& total) const {
    std::size_t k = 0;
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      int highest = -1;
      for (; k < parts_.size() && parts_[k].circuit == i; ++k) highest = std::max<int>(highest, parts_[k].run->highest);
      const int width = sources_[i].width < 0 ? highest + 1 : sources_[i].width;
      whole.program.widths.data()[i] = static_cast<std::uint16_t>(highest < 0 ? 0 : width);
      whole.program.gate_offsets.data()[i + 1] =
          static_cast<std::int64_t>(k < parts_.size() ? parts_[k].at.gates : total.gates);
      if (highest < 0) whole.handed_back.push_back(static_cast<std::int64_t>(i));
    }
  }

  const std::string_view body_;
  const std::vector<CircuitSource>& sources_;
  const GateTable& table_;
  const int most_;
  std::vector<std::size_t> missing_;
  std::vector<ReadColumns> read_;
  std::vector<Part> parts_;
};

}  // namespace

ScannedProgram make_program(std::string_view body, const std::vector<CircuitSource>& sources, const GateTable& table,
                           const GateLists* lists, int max_qubits) {
  Assembler assembler(body, sources, table, max_qubits);
  if (lists) {
    assembler.take(*lists);
  } else {
    assembler.miss_all();
  }
  assembler.read_missing();
  return assembler.assemble();
}

}  // namespace paultrap
