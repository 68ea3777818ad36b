// Draws the errors of every shot, and groups shots with the same errors.
#include "sampling/faults.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

#include "sampling/delay.hpp"
#include "sampling/random.hpp"

namespace paultrap {
namespace {

bool has_two(const Sites& sites, std::size_t site) { return sites.second[site] != kNoQubit; }

// The probability of an error that is not the identity.
double probability(const Sites& sites, std::size_t site) {
  return sites.strengths[site] * (has_two(sites, site) ? 15.0 / 16 : 3.0 / 4);
}

// Sites whose probabilities differ by less than a factor of 4, and the largest of them.
struct Class {
  std::vector<std::uint32_t> sites;
  double most = 0;
};

std::map<int, Class> classes_of(const Sites& sites) {
  std::map<int, Class> classes;
  for (std::size_t site = 0; site < sites.size(); ++site) {
    const double p = probability(sites, site);
    if (p <= 0) continue;
    Class& own = classes[(std::ilogb(p) + 2048) / 2];
    own.sites.push_back(static_cast<std::uint32_t>(site));
    own.most = std::max(own.most, p);
  }
  return classes;
}

// What a site is less likely than the likeliest of its class is made good by dropping that share of its errors.
void draw(const Class& own, const Sites& sites, std::uint32_t shots, const Stream& random, std::vector<Fault>& faults) {
  const std::uint64_t n_sites = own.sites.size();
  each_hit(own.most, shots * n_sites, random, [&](std::uint64_t place, std::array<std::uint32_t, 2> bits) {
    const std::uint32_t site = own.sites[place % n_sites];
    if (bits[0] * 0x1p-32 * own.most >= probability(sites, site)) return;
    const std::uint64_t kinds = has_two(sites, site) ? 15 : 3;
    const std::uint64_t kind = 1 + (bits[1] * kinds >> 32);
    const auto shot = static_cast<std::uint32_t>(place / n_sites);
    const auto add = [&](std::uint16_t qubit, unsigned parts) {
      if (parts) faults.push_back({shot, event_of(sites.gates[site], qubit, parts)});
    };
    add(sites.first[site], parts_of(kind & 3));
    if (kind >> 2) add(sites.second[site], parts_of(kind >> 2));
  });
}

// Let every error wait as long as it can. What reaches the end flips bits of its shot's outcome.
void delay(const Delays& delays, std::int64_t n_gates, std::vector<Fault>& faults, std::vector<std::uint64_t>& flips) {
  std::size_t kept = 0;
  for (const Fault& fault : faults) {
    const unsigned parts = parts_of_event(fault.event);
    const std::uint16_t qubit = qubit_of(fault.event);
    const std::int64_t until = delays.until(gate_of(fault.event), qubit, parts);
    if (until == n_gates) {
      flips[fault.shot] ^= std::uint64_t{parts & kPauliX} << qubit;
    } else {
      faults[kept++] = {fault.shot, event_of(until, qubit, parts)};
    }
  }
  faults.resize(kept);
}

bool at_same_place(const Fault& one, const Fault& other) {
  return one.shot == other.shot && (one.event ^ other.event) < 16;
}

// Bring the errors into order; those of a shot that wait at the same place become one, or cancel.
void merge(std::vector<Fault>& faults) {
  std::sort(faults.begin(), faults.end(), [](const Fault& one, const Fault& other) {
    return one.shot != other.shot ? one.shot < other.shot : one.event < other.event;
  });
  std::size_t kept = 0;
  for (std::size_t k = 0; k < faults.size();) {
    Fault product = faults[k];
    for (++k; k < faults.size() && at_same_place(product, faults[k]); ++k) {
      product.event ^= parts_of_event(faults[k].event);
    }
    if (parts_of_event(product.event)) faults[kept++] = product;
  }
  faults.resize(kept);
}

// The events of one shot, ended by kEnd.
struct History {
  std::uint32_t shot;
  std::uint32_t start;
};

bool same(const Event* one, const Event* other) {
  while (*one == *other) {
    if (*one == kEnd) return true;
    ++one;
    ++other;
  }
  return false;
}

}  // namespace

void check_sites(const Sites& sites, std::span<const std::int64_t> gate_offsets,
                 std::span<const std::uint16_t> widths) {
  const auto fail = [](const std::string& what) { throw std::invalid_argument("noise sites: " + what); };
  const std::size_t n_sites = sites.gates.size();
  if (sites.offsets.size() != gate_offsets.size() || sites.first.size() != n_sites || sites.second.size() != n_sites ||
      sites.strengths.size() != n_sites || sites.offsets.front() != 0 ||
      sites.offsets.back() != static_cast<std::int64_t>(n_sites) ||
      !std::is_sorted(sites.offsets.begin(), sites.offsets.end())) {
    fail("the lengths of the arrays do not fit together");
  }
  if (n_sites > std::numeric_limits<std::uint32_t>::max()) fail("too many");
  for (std::size_t circuit = 0; circuit + 1 < sites.offsets.size(); ++circuit) {
    const std::int64_t n_gates = gate_offsets[circuit + 1] - gate_offsets[circuit];
    std::int64_t before = 0;
    for (std::int64_t k = sites.offsets[circuit]; k < sites.offsets[circuit + 1]; ++k) {
      const std::string where = "circuit " + std::to_string(circuit) + ", site " + std::to_string(k);
      if (sites.gates[k] < before || sites.gates[k] >= n_gates) fail(where + ": its gate is out of order or range");
      before = sites.gates[k];
      const bool on_qubits = sites.first[k] < widths[circuit] &&
                             (sites.second[k] == kNoQubit || sites.second[k] < widths[circuit]) &&
                             sites.first[k] != sites.second[k];
      if (!on_qubits) fail(where + ": its qubits are not two of the circuit's");
      if (!(sites.strengths[k] >= 0 && sites.strengths[k] <= 1)) fail(where + ": its strength is not from 0 to 1");
    }
  }
}

std::vector<Fault> draw_faults(const Sites& sites, std::uint32_t shots, std::uint64_t seed, std::uint32_t index) {
  std::vector<Fault> faults;
  for (const auto& [number, own] : classes_of(sites)) {
    draw(own, sites, shots, Stream(seed, index, static_cast<std::uint32_t>(Purpose::kFaults) + number), faults);
  }
  return faults;
}

Patterns draw_patterns(const ProgramView& program, std::size_t circuit, const Sites& sites, std::uint32_t shots,
                       std::uint64_t seed, std::uint32_t index) {
  Patterns found;
  found.flips.resize(shots);
  std::vector<Fault> faults = draw_faults(sites, shots, seed, index);
  if (!faults.empty()) {
    delay(Delays(program, circuit), program.last_gate(circuit) - program.first_gate(circuit), faults, found.flips);
    merge(faults);
  }
  std::vector<Event> events;
  std::vector<History> histories;
  for (std::size_t k = 0; k < faults.size();) {
    const std::uint32_t shot = faults[k].shot;
    histories.push_back({shot, static_cast<std::uint32_t>(events.size())});
    for (; k < faults.size() && faults[k].shot == shot; ++k) events.push_back(faults[k].event);
    events.push_back(kEnd);
  }
  std::sort(histories.begin(), histories.end(), [&](const History& one, const History& other) {
    const Event* a = events.data() + one.start;
    const Event* b = events.data() + other.start;
    while (*a == *b && *a != kEnd) {
      ++a;
      ++b;
    }
    return *a != *b ? *a < *b : one.shot < other.shot;
  });
  const auto begin = [&](std::uint32_t start) {
    found.starts.push_back(start);
    found.offsets.push_back(static_cast<std::uint32_t>(found.shots.size()));
  };
  std::vector<bool> is_faulty(shots, false);
  for (const History& history : histories) {
    is_faulty[history.shot] = true;
    if (found.starts.empty() || !same(events.data() + found.starts.back(), events.data() + history.start)) {
      begin(history.start);
    }
    found.shots.push_back(history.shot);
  }
  if (histories.size() < shots) {
    begin(static_cast<std::uint32_t>(events.size()));
    events.push_back(kEnd);
    for (std::uint32_t shot = 0; shot < shots; ++shot) {
      if (!is_faulty[shot]) found.shots.push_back(shot);
    }
  }
  found.offsets.push_back(static_cast<std::uint32_t>(found.shots.size()));
  found.events = std::move(events);
  return found;
}

double expected_faults(const Sites& sites) {
  double sum = 0;
  for (std::size_t site = 0; site < sites.size(); ++site) sum += probability(sites, site);
  return sum;
}

double expected_kinds(const Sites& sites, double shots) {
  double sum = 0;
  for (std::size_t site = 0; site < sites.size(); ++site) {
    const double kinds = has_two(sites, site) ? 15 : 3;
    sum += kinds * -std::expm1(-shots * probability(sites, site) / kinds);
  }
  return sum;
}

}  // namespace paultrap
