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
      R"(<td class="measure"><div><span class="bar" style="{}">{}</span><span>{}</span></div></td>)",
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
      "<section class=\"scores\" aria-labelledby=\"scores-title\">\n"
      "<h2 id=\"scores-title\">Do the maps find the food?</h2>\n"
      "<div class=\"columns\">\n<div class=\"prose\">\n"
      "<p>The program drew these scenes itself, so it knows which pixels are food. That gives two "
      "measures of a map:</p>\n"
      "<p><strong>The pointing game.</strong> The pixel with the map\u2019s largest value is where "
      "the map points. If that pixel lies on the food, it is a hit.</p>\n"
      "<p><strong>Mass inside.</strong> Of all that is above zero in the map, the share that lies "
      "on the food.</p>\n"
      "<p>A good map beats the baselines, which never look at the network, and the "
      "<span class=\"nowrap\">tick ({}),</span> "
      "which marks chance. With {}, one more or less moves the first measure by {}. And a network "
      "may rightly look at the plate: a miss can tell of the network as well as of the map.</p>\n"
      "</div>\n"
      "<table>\n<thead><tr><th scope=\"col\">Method</th><th scope=\"col\">Pointing game</th>"
      "<th scope=\"col\">Mass inside</th></tr></thead>\n<tbody>\n{}</tbody>\n"
      "<tbody class=\"baselines\">\n<tr><th scope=\"rowgroup\" colspan=\"3\">Baselines</th></tr>\n"
      "{}{}{}</tbody>\n</table>\n</div>\n</section>\n",
      html(R"(<i class="tick sample"></i>)"), plural(scenes, "scene"), percent(share(1, scenes)),
      method_rows(scores),
      baseline_row("The most colourful spot", scores.colourful, scores.food_share),
      baseline_row("The picture\u2019s centre", scores.centre, scores.food_share),
      chance_row(scores.food_share));
}

}  // namespace backlight::tools
