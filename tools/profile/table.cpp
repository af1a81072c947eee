// The profile for people at a terminal.
#include <algorithm>
#include <cstdio>

#include "tools/profile/summary.h"

namespace backlight::tools {
namespace {

template <typename... Values>
std::string printed(const char* format, Values... values) {
  char text[256];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

std::string time_text(double seconds) {
  return seconds < 1e-3 ? printed("%.1f us", 1e6 * seconds) : printed("%.2f ms", 1e3 * seconds);
}

// 1234567 as "1.23 M": counts in a table need no more than three digits.
std::string short_count(double count) {
  if (count < 1e3) return printed("%.0f", count);
  if (count < 1e6) return printed("%.3g k", count / 1e3);
  if (count < 1e9) return printed("%.3g M", count / 1e6);
  return printed("%.3g G", count / 1e9);
}
std::string short_count(std::uint64_t count) { return short_count(static_cast<double>(count)); }

// A table: the first column is aligned to the left, the others to the right.
struct Table {
  std::vector<std::vector<std::string>> rows;

  std::string text() const {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
      widths.resize(std::max(widths.size(), row.size()));
      for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (const auto& row : rows) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i) {
        const std::string space(widths[i] - row[i].size(), ' ');
        line += (i ? "  " : "") + (i == 0 ? row[i] + space : space + row[i]);
      }
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
    return out;
  }
};

std::string speed_text(double giga) { return printed(giga < 1000 ? "%.1f" : "%.0f", giga); }

std::string occupancy_text(const LaunchSum& sum) {
  if (!sum.occupancy) return "";
  return printed("%s%.0f %%",
                 sum.occupancy->registers_known ? "" : "<= ", 100 * sum.occupancy->share());
}

std::vector<std::string> headings(const ProfileRun& run, const char* first) {
  if (run.is_counted())
    return {first,     "launches",      "instructions", "products", "global bytes",
            "sectors", "shared passes", "conflicts",    "barriers", "occupancy"};
  std::vector<std::string> names{first, "calls", "time", "share", "GFLOP/s", "GB/s"};
  if (run.ceilings) names.push_back("roofline");
  if (run.device != Device::cpu) names.push_back("occupancy");
  return names;
}

std::vector<std::string> counted_cells(const std::string& name, const LaunchSum& sum) {
  const Traffic global = sum.global(), shared = sum.shared();
  const std::string spread = global.ideal_sectors
                                 ? printed("x%.2f", static_cast<double>(global.sectors) /
                                                        static_cast<double>(global.ideal_sectors))
                                 : "";
  return {name,
          std::to_string(sum.launches),
          short_count(sum.instructions()),
          short_count(sum.products()),
          short_count(global.bytes),
          spread,
          short_count(shared.wavefronts),
          short_count(conflicts(shared)),
          short_count(sum.barriers()),
          occupancy_text(sum)};
}

std::vector<std::string> cells(const ProfileRun& run, const std::string& name, const LaunchSum& sum,
                               double all_seconds) {
  if (run.is_counted()) return counted_cells(name, sum);
  std::vector<std::string> row{name, std::to_string(sum.launches), time_text(sum.seconds),
                               printed("%.1f %%", 100 * sum.seconds / all_seconds)};
  row.push_back(sum.flop > 0 ? speed_text(1e-9 * sum.flop / sum.seconds) : "");
  row.push_back(sum.bytes > 0 ? speed_text(1e-9 * sum.bytes / sum.seconds) : "");
  if (run.ceilings) row.push_back(printed("%.0f %%", 100 * sum.roofline_share()));
  if (run.device != Device::cpu) row.push_back(occupancy_text(sum));
  return row;
}

std::string heading(const ProfileRun& run) {
  std::string text = str(run.model, ", ", run.method, ", batch ", run.batch, " on ",
                         run.device_name, ", ", run.precision);
  if (run.is_counted()) return text + ": counted, a GPU's time is not known here\n\n";
  return text + (run.repeats > 1 ? str(": the median of ", run.repeats, " runs\n\n") : "\n\n");
}

std::string legend(const ProfileRun& run) {
  if (!run.is_counted()) return run.ceilings ? "roofline: " + run.ceilings->source + "\n" : "";
  const bool unknown = std::any_of(run.records.begin(), run.records.end(), [](const auto& record) {
    return record.occupancy && !record.occupancy->registers_known;
  });
  return str(
      "instructions: of warps, as far as they are counted; products: mma and wgmma\n"
      "sectors: 32-byte pieces of global memory touched, against the fewest possible\n"
      "conflicts: passes over shared memory beyond the fewest possible\n",
      unknown ? "occupancy: by shared memory and threads alone (<=), since registers are "
                "known only where nvcc built the kernels too\n"
              : "");
}

}  // namespace

std::string to_table(const ProfileRun& run) {
  const LaunchSum all = sum_of_all(run);
  const double seconds = all.seconds;
  Table layers{{headings(run, "layer")}};
  std::string group;
  const std::vector<LaunchSum> rows = sums_by_row(run);
  for (const LaunchSum& layer : sums_by_layer(run)) {
    layers.rows.push_back(cells(run, place_of(layer), layer, seconds));
    for (const LaunchSum& row : rows)
      if (row.layer == layer.layer && row.pass == layer.pass)
        layers.rows.push_back(cells(run, "  " + row.kernel, row, seconds));
  }
  layers.rows.push_back(cells(run, "all", all, seconds));
  Table kernels{{headings(run, "kernel")}};
  for (const LaunchSum& sum : sums_by_kernel(run))
    kernels.rows.push_back(cells(run, sum.kernel, sum, seconds));
  std::string text = heading(run) + layers.text() + "\n" + kernels.text() + "\n" + legend(run);
  const std::vector<std::string> worst = offenders(run);
  if (worst.empty())
    return text + "Nothing stands out: no bank conflicts, and no sector is touched for nothing.\n";
  text += "Look first at:\n";
  for (const std::string& sentence : worst) text += "  " + sentence + "\n";
  return text;
}

}  // namespace backlight::tools
