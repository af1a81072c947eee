#include <array>
#include <cstdio>

#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

std::string printed(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string thousands(std::uint64_t count) { return count_label(static_cast<std::int64_t>(count)); }

Markup cell(const std::string& text) { return html("<td>{}</td>", text); }

std::string occupancy(const LaunchSum& sum) {
  if (!sum.occupancy) return "";
  return (sum.occupancy->registers_known ? "" : "\u2264\u00A0") + percent(sum.occupancy->share());
}

std::vector<const char*> headings(const ProfileRun& run) {
  if (run.is_counted())
    return {"Launches",      "Instructions",   "Products", "Global bytes", "Sectors for nothing",
            "Shared passes", "Bank conflicts", "Barriers", "Occupancy"};
  if (run.device == Device::cpu) return {"Calls", "Microseconds", "GFLOP/s", "GB/s"};
  return {"Launches", "Microseconds", "GFLOP/s", "GB/s", "Roofline", "Registers", "Occupancy"};
}

Markup row(const ProfileRun& run, const std::string& name, const LaunchSum& sum) {
  Markup cells = cell(thousands(sum.launches));
  if (run.is_counted()) {
    const Traffic shared = sum.shared(), global = sum.global();
    for (const std::uint64_t count :
         {sum.instructions(), sum.products(), global.bytes, extra_sectors(global),
          shared.wavefronts, conflicts(shared), sum.barriers()})
      cells += cell(thousands(count));
  } else {
    cells += cell(printed("%.1f", 1e6 * sum.seconds));
    cells += cell(sum.flop > 0 ? printed("%.4g", 1e-9 * sum.flop / sum.seconds) : "");
    cells += cell(sum.bytes > 0 ? printed("%.4g", 1e-9 * sum.bytes / sum.seconds) : "");
  }
  if (run.device == Device::cuda) {
    cells += cell(run.ceilings ? percent(sum.roofline_share()) : "");
    cells += cell(sum.registers ? std::to_string(sum.registers) : "");
  }
  if (run.device != Device::cpu) cells += cell(occupancy(sum));
  return html("<tr><th scope=\"row\">{}</th>{}</tr>\n", name, cells);
}

}  // namespace

Markup numbers_section(const ProfileRun& run) {
  Markup columns, rows;
  for (const char* name : headings(run)) columns += html("<th scope=\"col\">{}</th>", name);
  for (const LaunchSum& sum : sums_by_row(run))
    rows += row(run, place_of(sum) + ", " + sum.kernel, sum);
  rows += row(run, "all", sum_of_all(run));
  return html(
      R"(<section class="scores numbers">
<h2>All numbers</h2>
<div class="wide" tabindex="0"><table>
<thead><tr><th scope="col">Layer and kernel</th>{}</tr></thead>
<tbody>
{}</tbody>
</table></div>
</section>
)",
      columns, rows);
}

}  // namespace backlight::tools
