#include <algorithm>
#include <numeric>

#include "tools/report/outline.h"
#include "tools/report/scores.h"
#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

constexpr std::size_t shown_classes = 5;

// The classes to show: the most probable ones, and the true and the explained class.
std::vector<std::int64_t> top_classes(const ExplainedPhoto& photo) {
  const auto count = static_cast<std::int64_t>(photo.probabilities.size());
  const auto probability = [&](std::int64_t index) {
    const double p = photo.probabilities[static_cast<std::size_t>(index)];
    return p >= 0 ? p : -1;  // so that what is not a number comes last
  };
  std::vector<std::int64_t> classes(photo.probabilities.size());
  std::iota(classes.begin(), classes.end(), 0);
  std::stable_sort(classes.begin(), classes.end(),
                   [&](std::int64_t a, std::int64_t b) { return probability(a) > probability(b); });
  std::size_t rank = 0;
  std::erase_if(classes, [&](std::int64_t index) {
    return rank++ >= shown_classes && index != photo.label && index != photo.target;
  });
  return count > 0 ? classes : std::vector<std::int64_t>();
}

Markup probabilities(const Run& run, const ExplainedPhoto& photo) {
  Markup rows;
  for (const std::int64_t index : top_classes(photo)) {
    const double p = photo.probabilities[static_cast<std::size_t>(index)];
    rows += html(
        R"(<tr{}><th scope="row">{}{}</th><td><span class="bar" style="{}"></span></td>
<td>{}</td></tr>
)",
        Markup{index == photo.predicted ? " class=\"predicted\"" : ""}, class_name(run, index),
        index == photo.label ? html(R"( <small class="true">true class</small>)") : Markup{},
        bar_style(p), percent(p));
  }
  if (rows.text.empty()) return {};
  return html(
      R"(<table class="classes"><caption>What the network says it is</caption>
<tbody>
{}</tbody></table>
)",
      rows);
}

Markup verdict(const Run& run, const ExplainedPhoto& photo) {
  if (!photo.label) return {};
  const bool right = *photo.label == photo.predicted;
  return html(R"(<span class="verdict {}"><b aria-hidden="true">{}</b> {}</span>)",
              right ? "good" : "bad", right ? "\u2713" : "\u2717",
              right ? std::string("right") : "wrong: it is " + class_name(run, *photo.label));
}

std::string file_name(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return name.empty() ? path : name;
}

Markup explained_class(const Run& run, const ExplainedPhoto& photo) {
  const char* which = photo.target == photo.predicted ? "the predicted class"
                      : photo.target == photo.label   ? "the true class, not the predicted one"
                                                      : "not the predicted class";
  return html("<p>The maps explain the score of <strong>{}</strong>, {}.</p>\n",
              class_name(run, photo.target), which);
}

// Where the two baselines point in a demo scene, and how large the food is.
Markup scene_facts(const ExplainedPhoto& photo) {
  if (photo.mask.empty()) return {};
  Markup baselines;
  const auto add = [&](const char* name, const std::optional<bool>& hit) {
    if (hit)
      baselines +=
          html(R"(<li class="{}"><b aria-hidden="true">{}</b> {}: {}</li>)", *hit ? "good" : "bad",
               *hit ? "\u2713" : "\u2717", name, *hit ? "hit" : "miss");
  };
  add("The picture\u2019s centre", photo.centre_hit);
  add("The most colourful spot", photo.colourful_hit);
  return html("<p>The food covers {} of this scene.</p>\n<ul class=\"baselines\">{}</ul>\n",
              percent(food_share(photo.mask)), baselines);
}

// The photo as the network saw it.
Markup photo_picture(const ExplainedPhoto& photo, std::size_t number) {
  const Image& image = photo.photo;
  if (image.rgb.empty()) return {};
  Markup over;
  if (!photo.mask.empty())
    over = html(
        R"(<svg viewBox="0 0 {} {}" aria-hidden="true"><defs>)"
        R"(<path id="food-{}" d="{}" vector-effect="non-scaling-stroke"/></defs>)"
        R"(<use class="halo food" href="#food-{}"/><use class="line food" href="#food-{}"/></svg>)",
        image.width, image.height, number, outline_path(photo.mask, image.width, image.height),
        number, number);
  return html(
      R"(<div class="stack"><img src="{}" width="{}" height="{}" alt="The photo {}">{}</div>)",
      data_url(image), image.width, image.height, photo.stem, over);
}

}  // namespace

Markup photo_section(const Run& run, const ExplainedPhoto& photo, std::size_t number) {
  Markup maps;
  for (const MapResult& map : photo.maps) maps += map_card(run, photo, map, number);
  if (maps.text.empty()) maps = html("<p>No map was made of this photo.</p>\n");
  return html(
      R"(<section class="photo" id="photo-{}" aria-labelledby="title-{}">
<h2 id="title-{}"><bdi>{}</bdi> {}</h2>
<div class="columns">
<div class="input">
{}
<p class="answer"><strong>{}</strong> {}</p>
{}{}{}<p class="path"><bdi>{}</bdi></p>
</div>
<div class="maps">
{}</div>
</div>
</section>
)",
      number, number, number, file_name(photo.path), verdict(run, photo),
      photo_picture(photo, number), class_name(run, photo.predicted),
      photo.predicted >= 0 && static_cast<std::size_t>(photo.predicted) < photo.probabilities.size()
          ? percent(photo.probabilities[static_cast<std::size_t>(photo.predicted)])
          : "",
      probabilities(run, photo), explained_class(run, photo), scene_facts(photo), photo.path, maps);
}

}  // namespace backlight::tools
