#include "kernels/sim/counting.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <map>
#include <tuple>
#include <unordered_map>

#include "kernels/sim/report.h"

namespace backlight::sim {

bool is_counting = false;

namespace {

constexpr std::size_t kSectorBytes = 32, kBanks = 32, kBankBytes = 4;

bool counting_wanted = false;
std::vector<LaunchStatistics>& finished() {
  static std::vector<LaunchStatistics> launches;
  return launches;
}

// One access of a warp: where its lanes went.
struct Request {
  std::uint32_t lanes = 0;
  std::size_t offsets[kWarpSize];
};

// The accesses of a warp at one program counter that are not complete yet.
struct Stream {
  const void* site = nullptr;
  Instruction kind = Instruction::global_load;
  std::size_t size = 0;
  std::uint64_t first = 0;             // occurrence of requests.front()
  std::uint64_t next[kWarpSize] = {};  // occurrence of each lane's next access
  std::deque<Request> requests;
};
// By program counter and kind: a twin may read one space and write the other from the same place.
using Streams = std::unordered_map<std::uint64_t, Stream>;
Streams streams[kMostWarps];

std::uint64_t key_of(const void* site, Instruction kind) {
  return reinterpret_cast<std::uintptr_t>(site) * kInstructions + static_cast<std::uint64_t>(kind);
}

// What the launch has done so far, by site and kind.
struct SiteCounts {
  Traffic traffic;
  SharedRequest worst;
};
std::map<std::pair<const void*, Instruction>, SiteCounts> by_site;
std::array<std::array<std::uint64_t, 5>, kInstructions> by_width;

// The units of `unit` bytes that the lanes [from, to) touch, each once.
std::vector<std::size_t> units_of(const Request& request, std::size_t size, std::size_t unit,
                                  std::uint32_t from, std::uint32_t to) {
  std::vector<std::size_t> units;
  for (std::uint32_t lane = from; lane < to; ++lane) {
    if (!(request.lanes >> lane & 1)) continue;
    const std::size_t offset = request.offsets[lane];
    for (std::size_t u = offset / unit; u <= (offset + size - 1) / unit; ++u) units.push_back(u);
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

void add_sectors(const Request& request, std::size_t size, Traffic& traffic) {
  traffic.sectors += units_of(request, size, kSectorBytes, 0, kWarpSize).size();
  const std::size_t bytes = units_of(request, size, 1, 0, kWarpSize).size();
  traffic.ideal_sectors += (bytes + kSectorBytes - 1) / kSectorBytes;
}

// A pass serves each bank for one word, whoever wants it. Lanes that ask for 8 bytes are served in
// two halves of the warp, those that ask for 16 in four quarters.
void add_wavefronts(const Request& request, std::size_t size, Traffic& traffic) {
  const std::uint32_t lanes = size <= 4 ? 32 : size <= 8 ? 16 : 8;
  for (std::uint32_t from = 0; from < kWarpSize; from += lanes) {
    const auto words = units_of(request, size, kBankBytes, from, from + lanes);
    if (words.empty()) continue;
    std::uint64_t in_bank[kBanks] = {};
    for (const std::size_t word : words) ++in_bank[word % kBanks];
    traffic.wavefronts += *std::max_element(in_bank, in_bank + kBanks);
    traffic.ideal_wavefronts += (words.size() + kBanks - 1) / kBanks;
  }
}

void keep_if_worse(SharedRequest& worst, const SharedRequest& request) {
  if (!worst.lanes || request.conflicts() > worst.conflicts()) worst = request;
}

void add_shared(const Request& request, std::size_t size, SiteCounts& counts) {
  Traffic own;
  add_wavefronts(request, size, own);
  counts.traffic += own;
  SharedRequest kept{
      request.lanes, static_cast<std::uint32_t>(size), {}, own.wavefronts, own.ideal_wavefronts};
  for (std::uint32_t lane = 0; lane < kWarpSize; ++lane)
    if (request.lanes >> lane & 1)
      kept.offsets[lane] = static_cast<std::uint32_t>(request.offsets[lane]);
  keep_if_worse(counts.worst, kept);
}

bool is_shared_kind(Instruction kind) {
  return kind == Instruction::shared_load || kind == Instruction::shared_store ||
         kind == Instruction::shared_atomic;
}

void finish(const Stream& stream, const Request& request) {
  if (!request.lanes) return;
  SiteCounts& counts = by_site[{stream.site, stream.kind}];
  Traffic& traffic = counts.traffic;
  ++traffic.requests;
  traffic.bytes += static_cast<std::uint64_t>(std::popcount(request.lanes)) * stream.size;
  is_shared_kind(stream.kind) ? add_shared(request, stream.size, counts)
                              : add_sectors(request, stream.size, traffic);
  const auto width = std::min<std::size_t>(4, std::bit_width(stream.size) - 1u);
  ++by_width[static_cast<std::size_t>(stream.kind)][width];
}

void finish_all(Streams& of_warp) {
  for (auto& [key, stream] : of_warp)
    for (const Request& request : stream.requests) finish(stream, request);
  of_warp.clear();
}

Instruction kind_of(AccessKind kind, bool is_shared) {
  const auto first = is_shared ? Instruction::shared_load : Instruction::global_load;
  return static_cast<Instruction>(static_cast<int>(first) + static_cast<int>(kind));
}

// The sites' counts as rows of a table, those of one line together.
std::vector<LineStatistics> by_line() {
  std::vector<const void*> sites;
  for (const auto& entry : by_site) sites.push_back(entry.first.first);
  look_up(sites);
  std::map<std::tuple<std::string, int, Instruction>, SiteCounts> rows;
  for (const auto& [key, counts] : by_site) {
    const SourceLine line = source_lines(key.first).front();
    SiteCounts& row = rows[{line.file, line.line, key.second}];
    row.traffic += counts.traffic;
    if (counts.worst.lanes) keep_if_worse(row.worst, counts.worst);
  }
  std::vector<LineStatistics> lines;
  for (const auto& [key, row] : rows)
    lines.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), row.traffic, row.worst});
  return lines;
}

}  // namespace

void count_access(AccessKind kind, bool is_shared, std::size_t offset, std::size_t size,
                  const void* site) {
  const std::uint32_t lane = running->lane;
  const Instruction instruction = kind_of(kind, is_shared);
  Stream& stream = streams[running->warp->rank][key_of(site, instruction)];
  stream.site = site;
  stream.kind = instruction;
  stream.size = size;
  const std::uint64_t i = stream.next[lane]++ - stream.first;
  if (i >= stream.requests.size()) stream.requests.resize(i + 1);
  stream.requests[i].lanes |= 1u << lane;
  stream.requests[i].offsets[lane] = offset;
  while (!stream.requests.empty() && stream.requests.front().lanes == 0xffffffff) {
    finish(stream, stream.requests.front());
    stream.requests.pop_front();
    ++stream.first;
  }
}

void end_of_phase(const Warp* warp) {
  if (!is_counting) return;
  if (warp) return finish_all(streams[warp->rank]);
  for (std::uint32_t w = 0; w < machine.warp_count; ++w) finish_all(streams[w]);
}

void count(Instruction kind, std::uint64_t n, std::uint64_t bytes) {
  if (!is_counting) return;
  const Inside here(__builtin_return_address(0));
  Traffic& traffic = by_site[{here.site(), kind}].traffic;
  traffic.requests += n;
  traffic.bytes += bytes;
}

void begin_counting() {
  is_counting = counting_wanted;
  for (auto& of_warp : streams) of_warp.clear();
  by_site.clear();
  by_width = {};
}

void end_counting() {
  if (!is_counting) return;
  is_counting = false;
  const LaunchRequest& launch = *machine.launch;
  LaunchStatistics s;
  s.kernel = launch.kernel;
  if (launch.shapes) s.shapes = *launch.shapes;
  s.grid = launch.grid;
  s.block = launch.block;
  s.static_shared_bytes = static_shared_bytes();
  s.dynamic_shared_bytes = launch.shared_bytes;
  s.flop = launch.flop;
  s.bytes = launch.bytes;
  for (const auto& [key, counts] : by_site)
    s.totals[static_cast<std::size_t>(key.second)] += counts.traffic;
  s.requests_by_width = by_width;
  s.lines = by_line();
  finished().push_back(std::move(s));
}

void set_counting(bool on) { counting_wanted = on; }
bool counting() { return counting_wanted; }
const std::vector<LaunchStatistics>& launch_statistics() { return finished(); }
void clear_launch_statistics() { finished().clear(); }

}  // namespace backlight::sim
