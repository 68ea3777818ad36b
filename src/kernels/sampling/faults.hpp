// Which errors happen in which shot, drawn before anything is run.
//
// A site is a place in a circuit where noise acts: behind a gate, on one qubit or two. Its depolarizing channel of
// strength r, rho -> (1 - r) rho + r I / d, is a Pauli error of each of the d^2 kinds with probability r / d^2, and so an
// error that is one with probability r (1 - 1 / d^2). Most shots have few of them or none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "program/view.hpp"

namespace paultrap {

constexpr std::uint16_t kNoQubit = 65535;

// The noise of a program, in the order of its gates.
struct Sites {
  std::span<const std::int64_t> offsets;   // by circuit
  std::span<const std::int64_t> gates;     // the gate, counted within its circuit
  std::span<const std::uint16_t> first, second;  // qubits; second is kNoQubit where there is one
  std::span<const double> strengths;       // depolarizing parameters

  Sites of(std::size_t circuit) const {
    const std::size_t from = offsets[circuit], count = offsets[circuit + 1] - from;
    return {offsets.subspan(circuit, 2), gates.subspan(from, count), first.subspan(from, count),
            second.subspan(from, count), strengths.subspan(from, count)};
  }
  std::size_t size() const { return gates.size(); }
};

// Throws std::invalid_argument unless the sites fit the gates of a program.
void check_sites(const Sites& sites, std::span<const std::int64_t> gate_offsets,
                 std::span<const std::uint16_t> widths);

// A Pauli that is applied before a gate, as one number: gates ascend, then qubits.
using Event = std::uint64_t;
constexpr Event kEnd = ~Event{0};
constexpr Event event_of(std::int64_t gate, std::uint16_t qubit, unsigned parts) {
  return static_cast<Event>(gate) << 20 | Event{qubit} << 4 | parts;
}
constexpr std::int64_t gate_of(Event event) { return static_cast<std::int64_t>(event >> 20); }
constexpr std::uint16_t qubit_of(Event event) { return static_cast<std::uint16_t>(event >> 4); }
constexpr unsigned parts_of_event(Event event) { return event & 15; }

// An error of one shot on one qubit, as an event: until it is delayed, behind the event's gate.
struct Fault {
  std::uint32_t shot;
  Event event;
};

// The errors of a circuit's shots, in no particular order.
std::vector<Fault> draw_faults(const Sites& sites, std::uint32_t shots, std::uint64_t seed, std::uint32_t index);

// The shots of a circuit by what happens in them. A pattern is an ascending list of events that ends with kEnd; they are
// in lexicographic order, so that neighbours share as many first events as they can and the faultless one is the last.
struct Patterns {
  std::vector<Event> events;           // of all patterns
  std::vector<std::uint32_t> starts;   // by pattern, where its events start
  std::vector<std::uint32_t> shots;    // of all patterns
  std::vector<std::uint32_t> offsets;  // by pattern, where its shots start; one more at the end
  std::vector<std::uint64_t> flips;    // by shot: the bits of its outcome that errors flip

  std::size_t size() const { return starts.size(); }
  std::span<const std::uint32_t> shots_of(std::size_t pattern) const {
    return {shots.data() + offsets[pattern], shots.data() + offsets[pattern + 1]};
  }
  const Event* events_of(std::size_t pattern) const { return events.data() + starts[pattern]; }
};

// The patterns of a circuit's shots. They depend on the seed, on the circuit and its sites, and on `index`, the circuit's
// place in its job, and on nothing else.
Patterns draw_patterns(const ProgramView& program, std::size_t circuit, const Sites& sites, std::uint32_t shots,
                       std::uint64_t seed, std::uint32_t index);

// Errors that a shot has on average.
double expected_faults(const Sites& sites);
// How many different errors are seen where so many shots have one each.
double expected_kinds(const Sites& sites, double shots);

}  // namespace paultrap
