#include <algorithm>

#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

std::string thousands(std::uint64_t count) { return count_label(static_cast<std::int64_t>(count)); }

Markup fact(const std::string& name, const Markup& value) {
  return html("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

// "1,024 of 4,096 passes", marked where there are any.
Markup waste(std::uint64_t wasted, std::uint64_t all, const char* unit) {
  if (!all) return html("none used");
  if (!wasted) return html("<span class=\"good\">none</span> in {} {}", thousands(all), unit);
  return html("<span class=\"bad\">{}</span> of {} {}", thousands(wasted), thousands(all), unit);
}

std::string occupancy_text(const LaunchSum& sum) {
  if (!sum.occupancy) return "\u2013";
  const kernels::Occupancy& o = *sum.occupancy;
  return str(o.registers_known ? "" : "at most ", o.warps, " of ", o.most_warps, " warps (",
             plural(static_cast<std::size_t>(o.blocks), "block"), ", ", o.limit, " limit",
             o.limit.ends_with("s") ? ")" : "s)");
}

Markup facts(const LaunchSum& sum) {
  const Traffic shared = sum.shared(), global = sum.global();
  Markup out = fact("Launches", html("{}", sum.launches));
  out += fact("Warp instructions", html("{}", thousands(sum.instructions())));
  if (sum.products()) out += fact("Matrix products", html("{}", thousands(sum.products())));
  out += fact("Bank conflicts", waste(conflicts(shared), shared.wavefronts, "passes"));
  out += fact("Sectors for nothing", waste(extra_sectors(global), global.sectors, "sectors"));
  out += fact("Global memory", html("{}", bytes_label(global.bytes)));
  out += fact("Barriers", html("{}", thousands(sum.barriers())));
  out += fact("Shared memory a block", html("{}", bytes_label(sum.shared_bytes)));
  if (sum.registers) out += fact("Registers a thread", html("{}", sum.registers));
  out += fact("Occupancy", html("{}", occupancy_text(sum)));
  return html("<dl class=\"facts\">\n{}</dl>\n", out);
}

// The line of the kernel whose worst request has the most conflicts, or else the most lanes.
const LineStatistics* worst_of(const std::vector<LineStatistics>& lines) {
  const LineStatistics* worst = nullptr;
  for (const LineStatistics& line : lines) {
    if (!line.worst.lanes) continue;
    const auto rank = [](const LineStatistics& l) {
      return std::pair(l.worst.conflicts(), other_layout(l.worst).has_value());
    };
    if (!worst || rank(line) > rank(*worst)) worst = &line;
  }
  return worst;
}

// The worst request beside the same lanes under another layout.
Markup worst_request(const std::vector<LineStatistics>& lines) {
  const LineStatistics* const line = worst_of(lines);
  if (!line) return Markup{"<p>This kernel uses no shared memory.</p>\n"};
  const std::optional<OtherLayout> other = other_layout(line->worst);
  Markup figures = bank_figure(line->worst, "As it is.");
  if (other) figures += bank_figure(other->request, "The same lanes " + other->name + ".");
  const std::string place = line->line ? str(line->file, ":", line->line) : line->file;
  return html(
      R"(<h3>{} at <code>{}</code></h3>
<p>{} A square is a word that the lane with this number wants, the numbers on the left
are bytes from the first row. <a href="#banks">Why banks conflict</a> is told below.</p>
<div class="pair">
{}</div>
)",
      line->worst.conflicts() ? "The worst request to shared memory" : "A request to shared memory",
      place,
      str("A ", name_of(line->kind), " of ", line->worst.size,
          line->worst.size == 1 ? " byte" : " bytes", " a lane."),
      figures);
}

Markup kernel_section(const ProfileRun& run, const LaunchSum& sum, bool is_open) {
  const std::vector<LineStatistics> lines = lines_of(run, sum.kernel);
  const Traffic shared = sum.shared();
  const std::uint64_t lost = conflicts(shared);
  const Markup verdict =
      lost ? html("<span class=\"bad\">{} passes lost to bank conflicts</span>", thousands(lost))
      : shared.wavefronts ? Markup{"<span class=\"good\">no bank conflicts</span>"}
                          : Markup{"<span class=\"soft\">no shared memory</span>"};
  return html(
      R"(<details class="scores kernel"{}>
<summary><h2>{}</h2> {}</summary>
{}{}<h3>Line by line</h3>
<p class="note">Counts of warp instructions over all launches, beside the line that makes them.</p>
{}</details>
)",
      is_open ? Markup{" open"} : Markup{}, sum.kernel, verdict, facts(sum), worst_request(lines),
      listing(run, sum.kernel));
}

}  // namespace

Markup kernel_sections(const ProfileRun& run) {
  const std::vector<LaunchSum> sums = sums_by_kernel(run);
  // A convolution first, if it is there; else the kernel that uses shared memory the most.
  const auto rank = [](const LaunchSum& sum) {
    return std::pair(sum.kernel.starts_with("conv"), sum.shared().wavefronts);
  };
  const auto chosen =
      std::max_element(sums.begin(), sums.end(),
                       [&](const LaunchSum& a, const LaunchSum& b) { return rank(a) < rank(b); });
  Markup out{"<section aria-label=\"Kernels\">\n"};
  if (chosen != sums.end()) out += kernel_section(run, *chosen, true);
  for (auto sum = sums.begin(); sum != sums.end(); ++sum)
    if (sum != chosen) out += kernel_section(run, *sum, false);
  return out += Markup{"</section>\n"};
}

}  // namespace backlight::tools
