#include <algorithm>

#include "tools/report/sections.h"

namespace backlight::tools {
namespace {

Markup fact(const char* name, const std::string& value) {
  if (value.empty()) return {};
  return html("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::size_t most_maps(const Run& run) {
  std::size_t most = 0;
  for (const ExplainedPhoto& photo : run.photos) most = std::max(most, photo.maps.size());
  return most;
}

std::string recognised(const Run& run) {
  std::size_t labelled = 0, right = 0;
  for (const ExplainedPhoto& photo : run.photos) {
    labelled += photo.label ? 1 : 0;
    right += photo.label == photo.predicted ? 1 : 0;
  }
  return labelled == 0 ? "" : str(right, " of ", labelled);
}

bool has_scenes(const Run& run) {
  return std::any_of(run.photos.begin(), run.photos.end(),
                     [](const ExplainedPhoto& photo) { return !photo.mask.empty(); });
}

}  // namespace

Markup header_section(const Run& run) {
  Markup facts;
  facts += fact("Photos", std::to_string(run.photos.size()));
  facts += fact("Recognised", recognised(run));
  facts += fact("Methods", std::to_string(most_maps(run)));
  facts += fact("Model", run.model);
  facts += fact("Parameters", run.parameters > 0 ? count_label(run.parameters) : "");
  facts += fact("Weights", run.weights);
  facts += fact("Device", run.device_description.empty() ? run.device : run.device_description);
  facts += fact("Precision", run.precision);
  facts += fact("Variant", run.variant);
  return html(
      R"(<header class="top">
<p class="brand">Backlight {}</p>
<h1>What the network looked at</h1>
<p class="lede">A neural network was shown {}. Below: what it says each one is, and maps of the
pixels that its answer rests on.</p>
<dl class="facts">
{}</dl>
</header>
)",
      run.version, plural(run.photos.size(), "photo"), facts);
}

Markup guide_section(const Run& run) {
  Markup scenes;
  if (has_scenes(run))
    scenes =
        html(R"(<li><strong>The outline</strong> is the border of the food; the ring is the pixel
of the map’s largest magnitude.</li>
)");
  return html(
      R"(<details class="guide"><summary>How to read a map</summary>
<ul>
<li>A map has one number for each pixel of the photo (drawn is the sum over red, green and blue). It
explains the score of one class, not the photo as a whole.</li>
<li><strong>Signed maps</strong> are white at zero, red above, blue below:
<i class="swatch diverging"></i></li>
<li><strong>Maps without a sign</strong> go from black at zero to pale yellow:
<i class="swatch sequential"></i></li>
<li>Colours end at the 99.5th percentile of a map’s magnitudes, so that a few extreme pixels do
not leave the rest without colour. Every map has its own scale: compare where the colours are, not
how strong they are.</li>
<li><strong>The check</strong> under a map is what the method itself can say of how far to trust the
numbers. It says nothing of whether the network is right.</li>
{}</ul>
</details>
)",
      scenes);
}

Markup photo_links(const Run& run) {
  if (run.photos.size() < 2) return {};
  Markup links;
  std::size_t number = 0;
  for (const ExplainedPhoto& photo : run.photos) {
    ++number;
    if (photo.photo.rgb.empty()) continue;
    const bool wrong = photo.label && *photo.label != photo.predicted;
    links += html(R"(<li><a href="#photo-{}"><img src="{}" width="48" height="48" alt="{}">
<span>{}{}</span></a></li>
)",
                  number, data_url(resize_bilinear(photo.photo, 48, 48)), photo.stem,
                  wrong ? html(R"(<b>✗</b> )") : Markup{}, class_name(run, photo.predicted));
  }
  return html(R"(<nav class="photos" aria-label="Photos">
<ul>
{}</ul>
</nav>
)",
              links);
}

Markup controls(const Run& run) {
  Markup outline;
  if (has_scenes(run))
    outline =
        html(R"(<label><input type="checkbox" id="show-food" checked> outline of the food</label>
)");
  return html(R"(<div class="controls" role="group" aria-label="View">
<label class="blend" hidden>photo <input type="range" id="blend" min="0" max="100" value="100"
step="5" aria-label="From the photo over both to the map"> map</label>
<label><input type="checkbox" id="smooth"> smooth</label>
{}</div>
)",
              outline);
}

}  // namespace backlight::tools
