#include "tools/profile/summary.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <tuple>

#include "tools/report/markup.h"

namespace backlight::tools {
namespace {

using kernels::LaunchRecord;

Traffic between(const LaunchSum& sum, Instruction first, Instruction last) {
  Traffic all;
  for (auto i = static_cast<std::size_t>(first); i <= static_cast<std::size_t>(last); ++i)
    all += sum.totals[i];
  return all;
}

void add(LaunchSum& sum, const LaunchRecord& record, const ProfileRun& run) {
  ++sum.launches;
  sum.flop += record.flop;
  sum.bytes += record.bytes;
  sum.seconds += record.seconds.value_or(0);
  if (run.ceilings)
    sum.bound_seconds += std::max(record.flop / run.ceilings->flop_per_second,
                                  record.bytes / run.ceilings->bytes_per_second);
  if (record.counts)
    for (std::size_t i = 0; i < sum.totals.size(); ++i) sum.totals[i] += record.counts->totals[i];
  if (record.occupancy && (!sum.occupancy || record.occupancy->share() < sum.occupancy->share()))
    sum.occupancy = record.occupancy;
  sum.registers = std::max(sum.registers, record.registers);
  sum.shared_bytes =
      std::max(sum.shared_bytes, record.static_shared_bytes + record.dynamic_shared_bytes);
}

// Sums of the launches with the same key; key_of gives a LaunchSum with that and nothing else.
template <typename KeyOf>
std::vector<LaunchSum> sums_by(const ProfileRun& run, const KeyOf& key_of) {
  std::vector<LaunchSum> sums;
  std::map<std::tuple<std::string, kernels::Pass, std::string>, std::size_t> places;
  for (const LaunchRecord& record : run.records) {
    LaunchSum key = key_of(record);
    const auto [place, is_new] = places.try_emplace({key.layer, key.pass, key.kernel}, sums.size());
    if (is_new) sums.push_back(std::move(key));
    add(sums[place->second], record, run);
  }
  return sums;
}

std::string whole_percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, share < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share);
  return text;
}

std::string where(const LaunchSum& sum) { return place_of(sum) + ", " + sum.kernel; }

std::string slow_sentence(const LaunchSum& sum, double all_seconds) {
  std::string text = where(sum) + ": " + whole_percent(sum.seconds / all_seconds) + " of the time";
  if (sum.bound_seconds > 0)
    return text + ", at " + whole_percent(sum.roofline_share()) + " of the roofline";
  char speed[64];
  if (sum.flop > 0)
    std::snprintf(speed, sizeof speed, ", at %.3g GFLOP/s", 1e-9 * sum.flop / sum.seconds);
  else
    std::snprintf(speed, sizeof speed, ", at %.3g GB/s", 1e-9 * sum.bytes / sum.seconds);
  return text + speed;
}

// The line of the row's launches with the most of something.
template <typename Measure>
std::string worst_line(const ProfileRun& run, const LaunchSum& row, const Measure& measure) {
  std::string name;
  std::uint64_t most = 0;
  for (const LineStatistics& line : lines_of(run, row.kernel))
    if (measure(line.traffic) > most) {
      most = measure(line.traffic);
      name = line.line ? str(line.file, ":", line.line) : line.file;
    }
  return name.empty() ? "" : " (most at " + name + ")";
}

std::string wasteful_sentence(const ProfileRun& run, const LaunchSum& row) {
  const Traffic shared = row.shared(), global = row.global();
  const auto times = [](std::uint64_t is, std::uint64_t least) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g",
                  static_cast<double>(is) / static_cast<double>(std::max<std::uint64_t>(1, least)));
    return std::string(text);
  };
  if (conflicts(shared) >= extra_sectors(global) / 4)
    return where(row) + ": bank conflicts cost " +
           count_label(static_cast<std::int64_t>(conflicts(shared))) +
           " passes over shared memory, " + times(shared.wavefronts, shared.ideal_wavefronts) +
           " times as many as needed" +
           worst_line(run, row, [](const Traffic& t) { return conflicts(t); });
  return where(row) + ": its global accesses touch " +
         count_label(static_cast<std::int64_t>(extra_sectors(global))) + " sectors for nothing, " +
         times(global.sectors, global.ideal_sectors) + " times as many as its bytes fill" +
         worst_line(run, row, [](const Traffic& t) { return extra_sectors(t); });
}

// How bad a row is: the time it loses, or the passes it wastes (a pass moves four sectors).
double badness(const ProfileRun& run, const LaunchSum& row) {
  if (run.is_counted())
    return static_cast<double>(conflicts(row.shared())) +
           static_cast<double>(extra_sectors(row.global())) / 4;
  return row.seconds - std::min(row.seconds, row.bound_seconds);
}

}  // namespace

Traffic LaunchSum::shared() const {
  return between(*this, Instruction::shared_load, Instruction::shared_atomic);
}
Traffic LaunchSum::global() const {
  return between(*this, Instruction::global_load, Instruction::global_atomic);
}
std::uint64_t LaunchSum::products() const {
  return between(*this, Instruction::mma_tf32, Instruction::wgmma_bf16).requests;
}
std::uint64_t LaunchSum::barriers() const {
  return between(*this, Instruction::block_barrier, Instruction::warp_barrier).requests;
}
std::uint64_t LaunchSum::instructions() const {
  return between(*this, Instruction::global_load, Instruction::mbarrier).requests;
}

std::vector<LaunchSum> sums_by_row(const ProfileRun& run) {
  return sums_by(run, [](const LaunchRecord& record) {
    return LaunchSum{.layer = record.layer, .pass = record.pass, .kernel = record.kernel};
  });
}

std::vector<LaunchSum> sums_by_layer(const ProfileRun& run) {
  return sums_by(run, [](const LaunchRecord& record) {
    return LaunchSum{.layer = record.layer, .pass = record.pass};
  });
}

std::vector<LaunchSum> sums_by_kernel(const ProfileRun& run) {
  return sums_by(run,
                 [](const LaunchRecord& record) { return LaunchSum{.kernel = record.kernel}; });
}

LaunchSum sum_of_all(const ProfileRun& run) {
  LaunchSum sum;
  for (const LaunchRecord& record : run.records) add(sum, record, run);
  return sum;
}

std::vector<LineStatistics> lines_of(const ProfileRun& run, const std::string& kernel) {
  std::map<std::tuple<std::string, int, Instruction>, LineStatistics> rows;
  for (const LaunchRecord& record : run.records) {
    if (record.kernel != kernel || !record.counts) continue;
    for (const LineStatistics& line : record.counts->lines) {
      const auto [row, is_new] = rows.try_emplace({line.file, line.line, line.kind}, line);
      if (is_new) continue;
      row->second.traffic += line.traffic;
      if (line.worst.conflicts() > row->second.worst.conflicts()) row->second.worst = line.worst;
    }
  }
  std::vector<LineStatistics> lines;
  for (auto& [key, line] : rows) lines.push_back(std::move(line));
  return lines;
}

std::vector<std::string> offenders(const ProfileRun& run) {
  constexpr std::size_t kShown = 3;
  std::vector<LaunchSum> rows = sums_by_row(run);
  std::stable_sort(rows.begin(), rows.end(), [&](const LaunchSum& a, const LaunchSum& b) {
    return badness(run, a) > badness(run, b);
  });
  const double all_seconds = sum_of_all(run).seconds;
  std::vector<std::string> sentences;
  for (const LaunchSum& row : rows) {
    if (sentences.size() == kShown || !(badness(run, row) > 0)) break;
    sentences.push_back(run.is_counted() ? wasteful_sentence(run, row)
                                         : slow_sentence(row, all_seconds));
  }
  return sentences;
}

std::string place_of(const LaunchSum& sum) {
  if (sum.layer.empty())
    return sum.pass == kernels::Pass::other ? "outside the layers"
                                            : str("outside the layers ", name_of(sum.pass));
  return str(sum.layer, " ", name_of(sum.pass));
}

}  // namespace backlight::tools
