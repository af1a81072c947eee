#include <cmath>

#include "tools/report/scores.h"
#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

double share(std::size_t part, std::size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

// A bar with its number; the bar carries a tick at what chance would reach.
Markup bar_cell(double value, const std::string& label, double chance) {
  return html(
      R"(<td class="measure"><div><span class="bar" style="{}">{}</span>
<span>{}</span></div></td>)",
      bar_style(value),
      std::isfinite(chance) ? html(R"(<i class="tick" style="{}"></i>)", bar_style(chance))
                            : Markup{},
      label);
}

Markup hits_cell(std::size_t hits, std::size_t scenes, double chance) {
  return bar_cell(share(hits, scenes), str(hits, " of ", scenes), chance);
}

Markup baseline_row(const char* name, const BaselineScore& score, double chance) {
  if (score.scenes == 0) return {};
  return html("<tr><th scope=\"row\">{}</th>{}<td class=\"measure none\">\u2013</td></tr>\n", name,
              hits_cell(score.hits, score.scenes, chance));
}

Markup chance_row(double chance) {
  if (!std::isfinite(chance)) return {};
  const Markup cell = bar_cell(chance, percent(chance), chance);
  return html("<tr><th scope=\"row\">Chance: the food\u2019s share of the picture</th>{}{}</tr>\n",
              cell, cell);
}

Markup method_rows(const Scores& scores) {
  Markup rows;
  for (const MethodScore& each : scores.methods)
    rows += html("<tr><th scope=\"row\">{}</th>{}{}</tr>\n", each.title,
                 hits_cell(each.hits, each.scenes, scores.food_share),
                 bar_cell(each.mass_inside, percent(each.mass_inside), scores.food_share));
  return rows;
}

}  // namespace

Markup score_section(const Run& run) {
  const Scores scores = summarise(run);
  if (scores.methods.empty()) return {};
  const std::size_t scenes = scores.methods.front().scenes;
  return html(
      R"(<section class="scores" aria-labelledby="scores-title">
<h2 id="scores-title">Do the maps find the food?</h2>
<div class="columns">
<div class="prose">
<p>The program drew these scenes itself, so it knows which pixels are food. That gives two measures
of a map:</p>
<p><strong>The pointing game</strong> (Zhang and others, 2016). A map points at the pixel that
counts most in it: the one of the largest magnitude, whatever its sign. If that pixel lies on the
food, it is a hit.</p>
<p><strong>Magnitude on the food.</strong> The share of all magnitude in the map that lies on the
food.</p>
<p>A good map beats the baselines, which never look at the network, and the
<span class="nowrap">tick ({}),</span> which marks chance. With {}, one more or less moves the first
measure by {}. And a network may rightly look at the plate: a miss can tell of the network as well
as of the map.</p>
</div>
<table>
<thead><tr><th scope="col">Method</th><th scope="col">Pointing game</th>
<th scope="col">Magnitude on the food</th></tr></thead>
<tbody>
{}</tbody>
<tbody class="baselines">
<tr><th scope="rowgroup" colspan="3">Baselines</th></tr>
{}{}{}</tbody>
</table>
</div>
</section>
)",
      html(R"(<i class="tick sample"></i>)"), plural(scenes, "scene"), percent(share(1, scenes)),
      method_rows(scores),
      baseline_row("The most colourful spot", scores.colourful, scores.food_share),
      baseline_row("The picture\u2019s centre", scores.centre, scores.food_share),
      chance_row(scores.food_share));
}

}  // namespace backlight::tools
