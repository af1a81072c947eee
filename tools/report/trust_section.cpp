#include <algorithm>

#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

constexpr double kWidth = 100, kHeight = 56;  // of a curve's axes

// Row `row` of a curve's array as the points of a polyline.
std::string points(const Tensor& curve, std::int64_t row) {
  std::string text;
  const std::int64_t count = curve.dim(1);
  for (std::int64_t i = 0; i < count; ++i) {
    const double probability = std::clamp(curve.at(row * count + i), 0.0, 1.0);
    text += (i ? " " : "") + decimal_label(kWidth * curve.at(i)) + "," +
            decimal_label(kHeight * (1 - probability));
  }
  return text;
}

Markup plot(const Tensor& curve, const char* title, const char* what, const char* better) {
  return html(
      R"(<figure><figcaption><strong>{}</strong> {}</figcaption>)"
      R"(<svg viewBox="-16 -4 126 74" role="img" aria-label="{}: probability over the share of pixels">)"
      R"(<path class="axes" d="M0 0V{}H{}"/>)"
      R"(<text x="-3" y="4" text-anchor="end">1</text><text x="-3" y="{}" text-anchor="end">0</text>)"
      R"(<text x="0" y="67">0 %</text><text x="{}" y="67" text-anchor="end">100 % {}</text>)"
      R"(<polyline class="chance" points="{}"/><polyline class="own" points="{}"/></svg></figure>)",
      title, better, title, decimal_label(kHeight), decimal_label(kWidth), decimal_label(kHeight),
      decimal_label(kWidth), what, points(curve, 2), points(curve, 1));
}

Markup curves(const MapResult& map) {
  Markup out;
  for (const ExtraArray& extra : map.extra) {
    if (extra.name != "deletion" && extra.name != "insertion") continue;
    if (extra.values.rank() != 2 || extra.values.dim(0) != 3) continue;
    out += extra.name == "deletion" ? plot(extra.values, "Deletion", "removed", "lower is better")
                                    : plot(extra.values, "Insertion", "shown", "higher is better");
  }
  if (out.text.empty()) return {};
  return html(
      R"(<div class="curves">{}</div><p class="scale-note">Probability of the class. )"
      R"(<b class="own">Solid:</b> the map's order; <b class="chance">dashed:</b> random orders.</p>)",
      out);
}

Markup row(const TrustCheck& check) {
  const bool judged = check.verdict != Verdict::none, passed = check.verdict == Verdict::passed;
  return html(
      R"(<li class="{}"><b aria-hidden="true">{}</b><span><strong>{}{}:</strong> {}</span></li>
)",
      !judged  ? "note"
      : passed ? "good"
               : "attention",
      !judged  ? "\u2013"
      : passed ? "\u2713"
               : "\u2717",
      check.title,
      !judged  ? ""
      : passed ? " passed"
               : " failed",
      check.text);
}

}  // namespace

Markup trust_section(const MapResult& map, bool open) {
  if (map.trust.empty()) return {};
  std::size_t passed = 0, judged = 0;
  Markup rows;
  for (const TrustCheck& check : map.trust) {
    passed += check.verdict == Verdict::passed;
    judged += check.verdict != Verdict::none;
    rows += row(check);
  }
  return html(
      R"(<details class="trust"{}><summary>Can it be trusted? <small>{} of {} checks passed</small></summary>
{}<ul>
{}</ul></details>
)",
      Markup{open ? " open" : ""}, passed, judged, curves(map), rows);
}

}  // namespace backlight::tools
