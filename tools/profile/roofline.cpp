#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "tools/profile/page_sections.h"

namespace backlight::tools {
namespace {

constexpr double kWidth = 640, kHeight = 420, kLeft = 74, kRight = 30, kTop = 20, kBottom = 58;

std::string printed(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}
std::string at(double value) { return printed("%.1f", value); }

// Decades of both axes, and where a point of them lies on the page.
struct Axes {
  double x_low, x_high, y_low, y_high;  // powers of ten

  double x(double intensity) const {
    return kLeft + (std::log10(intensity) - x_low) / (x_high - x_low) * (kWidth - kLeft - kRight);
  }
  double y(double speed) const {
    return kHeight - kBottom -
           (std::log10(speed) - y_low) / (y_high - y_low) * (kHeight - kTop - kBottom);
  }
};

struct Dot {
  std::string kernel;
  double intensity = 0, speed = 0, time_share = 0, roofline = 0;
};

std::vector<Dot> dots_of(const ProfileRun& run) {
  std::vector<Dot> dots;
  const double all = sum_of_all(run).seconds;
  for (const LaunchSum& sum : sums_by_kernel(run))
    if (sum.flop > 0 && sum.bytes > 0 && sum.seconds > 0)
      dots.push_back({sum.kernel, sum.flop / sum.bytes, sum.flop / sum.seconds, sum.seconds / all,
                      sum.roofline_share()});
  std::stable_sort(dots.begin(), dots.end(),
                   [](const Dot& a, const Dot& b) { return a.time_share > b.time_share; });
  return dots;
}

Axes axes_for(const std::vector<Dot>& dots, const kernels::Ceilings& ceilings) {
  const double ridge = ceilings.flop_per_second / ceilings.bytes_per_second;
  double low = ridge / 30, high = ridge * 30, slowest = ceilings.flop_per_second / 30;
  for (const Dot& dot : dots) {
    low = std::min(low, dot.intensity);
    high = std::max(high, dot.intensity);
    slowest = std::min(slowest, dot.speed);
  }
  return {std::floor(std::log10(low)), std::ceil(std::log10(high)), std::floor(std::log10(slowest)),
          std::log10(ceilings.flop_per_second) + 0.25};
}

std::string speed_label(double flop_per_second) {
  if (flop_per_second >= 1e12) return printed("%.3g TFLOP/s", flop_per_second / 1e12);
  if (flop_per_second >= 1e9) return printed("%.3g GFLOP/s", flop_per_second / 1e9);
  return printed("%.3g MFLOP/s", flop_per_second / 1e6);
}

Markup grid(const Axes& axes) {
  Markup out;
  for (double e = std::ceil(axes.x_low); e <= axes.x_high + 1e-9; ++e)
    out += html(
        "<path class=\"grid\" d=\"M{} {}V{}\"/><text class=\"axis\" x=\"{}\" y=\"{}\">{}</text>\n",
        at(axes.x(std::pow(10, e))), at(kTop), at(kHeight - kBottom), at(axes.x(std::pow(10, e))),
        at(kHeight - kBottom + 20), printed("%g", std::pow(10, e)));
  for (double e = std::ceil(axes.y_low); e <= axes.y_high + 1e-9; ++e)
    out += html(
        "<path class=\"grid\" d=\"M{} {}H{}\"/><text class=\"row\" x=\"{}\" y=\"{}\">{}</text>\n",
        at(kLeft), at(axes.y(std::pow(10, e))), at(kWidth - kRight), at(kLeft - 8),
        at(axes.y(std::pow(10, e)) + 5),
        printed(e >= 12  ? "%gT"
                : e >= 9 ? "%gG"
                         : "%gM",
                std::pow(10, e - (e >= 12  ? 12
                                  : e >= 9 ? 9
                                           : 6))));
  return out;
}

Markup roof(const Axes& axes, const kernels::Ceilings& c) {
  const double ridge = c.flop_per_second / c.bytes_per_second;
  const double x_first =
      std::max(std::pow(10, axes.x_low), std::pow(10, axes.y_low) / c.bytes_per_second);
  return html(
      "<path class=\"roof\" d=\"M{} {}L{} {}H{}\"/>\n"
      "<text class=\"ceiling\" x=\"{}\" y=\"{}\">{}</text>\n",
      at(axes.x(x_first)), at(axes.y(x_first * c.bytes_per_second)), at(axes.x(ridge)),
      at(axes.y(c.flop_per_second)), at(kWidth - kRight), at(kWidth - kRight - 4),
      at(axes.y(c.flop_per_second) - 7), speed_label(c.flop_per_second));
}

// The largest dots come first, so that small ones stay visible. Each has its number in the list; a
// number that would cover an earlier one moves out to the right of its dot.
Markup dot_marks(const std::vector<Dot>& dots, const Axes& axes) {
  constexpr double kNumberWidth = 16;
  Markup circles, numbers;
  std::vector<std::pair<double, double>> taken;
  for (std::size_t i = 0; i < dots.size(); ++i) {
    const Dot& dot = dots[i];
    const double x = axes.x(dot.intensity), y = axes.y(dot.speed);
    const double radius = 9 + 16 * std::sqrt(dot.time_share);
    std::pair<double, double> place{x, y};
    const auto is_covered = [&](const auto& other) {
      return std::hypot(other.first - place.first, other.second - place.second) < kNumberWidth;
    };
    if (std::any_of(taken.begin(), taken.end(), is_covered)) place.first += radius + 8;
    while (std::any_of(taken.begin(), taken.end(), is_covered)) place.first += kNumberWidth;
    taken.push_back(place);
    circles += html(
        "<g><title>{}: {}, {} of the roofline</title><circle class=\"dot\" cx=\"{}\" cy=\"{}\" "
        "r=\"{}\"/></g>\n",
        dot.kernel, speed_label(dot.speed), percent(dot.roofline), at(x), at(y), at(radius));
    numbers += html("<text class=\"{}\" x=\"{}\" y=\"{}\">{}</text>\n",
                    place.first == x ? "dot-number on-dot" : "dot-number", at(place.first),
                    at(place.second + 5), i + 1);
  }
  return circles += numbers;
}

Markup dot_list(const std::vector<Dot>& dots) {
  Markup rows;
  for (const Dot& dot : dots)
    rows += html("<li><b>{}</b> {}, {} of the roofline, {} of the time</li>\n", dot.kernel,
                 speed_label(dot.speed), percent(dot.roofline), percent(dot.time_share));
  return html("<ol class=\"dots\">\n{}</ol>\n", rows);
}

std::string time_label(double seconds) {
  return seconds < 1e-3 ? printed("%.1f\u00A0\u00B5s", 1e6 * seconds)
                        : printed("%.2f\u00A0ms", 1e3 * seconds);
}

}  // namespace

Markup roofline_section(const ProfileRun& run) {
  if (!run.ceilings) return {};
  const std::vector<Dot> dots = dots_of(run);
  if (dots.empty()) return {};
  const Axes axes = axes_for(dots, *run.ceilings);
  Markup body = grid(axes);
  body += roof(axes, *run.ceilings);
  body += dot_marks(dots, axes);
  return html(
      R"(<section class="scores roofline">
<h2>The roofline</h2>
<div class="prose"><p>A kernel cannot be faster than the roof: the slope is memory, the flat part
arithmetic. A dot is a kernel; its area grows with the kernel's share of the time. Large dots far
beneath the roof are where speed is to be had.</p></div>
<svg viewBox="0 0 {} {}" role="img" aria-label="Speed of each kernel over its arithmetic intensity">
{}<text class="axis" x="{}" y="{}">floating-point operations a byte</text>
<text class="row" x="{}" y="14">FLOP/s</text>
</svg>
{}<p class="note">{}</p>
</section>
)",
      at(kWidth), at(kHeight), body, at((kLeft + kWidth - kRight) / 2), at(kHeight - 14),
      at(kLeft - 8), dot_list(dots), run.ceilings->source);
}

Markup time_section(const ProfileRun& run) {
  const double all = sum_of_all(run).seconds;
  if (!(all > 0)) return {};
  const std::vector<LaunchSum> layers = sums_by_layer(run);
  double most = 0;
  for (const LaunchSum& layer : layers) most = std::max(most, layer.seconds);
  Markup rows;
  for (const LaunchSum& layer : layers)
    rows += html(
        "<tr class=\"{}\"><th scope=\"row\">{}</th><td><span class=\"bar\" "
        "style=\"{}\"></span></td>"
        "<td>{}</td><td>{}</td></tr>\n",
        name_of(layer.pass), place_of(layer), bar_style(layer.seconds / most),
        time_label(layer.seconds), percent(layer.seconds / all));
  return html(
      R"(<section class="scores times">
<h2>Time by layer</h2>
<p class="note">In the order in which they ran; {} in all. Dark bars are the way forward, light ones
the way back.</p>
<table><tbody>
{}</tbody></table>
</section>
)",
      time_label(all), rows);
}

}  // namespace backlight::tools
