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
  facts += fact("Device", run.device);
  facts += fact("Precision", run.precision);
  facts += fact("Variant", run.variant);
  return html(
      "<header class=\"top\">\n<p class=\"brand\">Backlight {}</p>\n"
      "<h1>What the network looked at</h1>\n"
      "<p class=\"lede\">A neural network was shown {}. Below: what it says each one is, and maps "
      "of "
      "the pixels that its answer rests on.</p>\n<dl class=\"facts\">\n{}</dl>\n</header>\n",
      run.version, plural(run.photos.size(), "photo"), facts);
}

Markup guide_section(const Run& run) {
  Markup more;
  if (has_scenes(run))
    more = html(
        "<li><strong>The outline</strong> is the border of the food; the ring is the pixel with "
        "the "
        "map\u2019s largest value.</li>\n");
  return html(
      "<details class=\"guide\"><summary>How to read a map</summary>\n<ul>\n"
      "<li>A map has one number for each pixel of the photo (the sum over red, green and blue). It "
      "explains the score of one class, not the photo as a whole.</li>\n"
      "<li><strong>Signed maps</strong> are white at zero, red above, blue below: "
      "<i class=\"swatch diverging\"></i></li>\n"
      "<li><strong>Maps without a sign</strong> go from black at zero to pale yellow: "
      "<i class=\"swatch sequential\"></i></li>\n"
      "<li>Colours end at the 99.5th percentile of a map\u2019s magnitudes, so that a few extreme "
      "pixels do not leave the rest without colour. Every map has its own scale: compare where "
      "colours are, not how strong they are.</li>\n"
      "<li><strong>The check</strong> under a map is what the method itself can say about how far "
      "to "
      "trust the numbers. It says nothing about whether the network is right.</li>\n"
      "{}</ul>\n</details>\n",
      more);
}

Markup controls(const Run& run) {
  Markup outline, links;
  if (has_scenes(run))
    outline = html(
        "<label><input type=\"checkbox\" id=\"show-food\" checked> outline of the food</label>\n");
  std::size_t number = 0;
  for (const ExplainedPhoto& photo : run.photos) {
    ++number;
    if (photo.photo.rgb.empty()) continue;
    const bool wrong = photo.label && *photo.label != photo.predicted;
    links += html(
        "<li><a href=\"#photo-{}\"{}><img src=\"{}\" width=\"48\" height=\"48\" alt=\"{}\">"
        "<span>{}{}</span></a></li>\n",
        number, Markup{wrong ? " class=\"wrong\"" : ""},
        data_url(resize_bilinear(photo.photo, 48, 48)), photo.stem,
        wrong ? html(R"(<b aria-hidden="true">✗</b> )") : Markup{},
        class_name(run, photo.predicted));
  }
  return html(
      "<nav class=\"photos\" aria-label=\"Photos\">\n<ul>\n{}</ul>\n</nav>\n"
      "<form class=\"controls\" aria-label=\"View\">\n"
      "<label class=\"blend\" hidden>photo <input type=\"range\" id=\"blend\" min=\"0\" "
      "max=\"100\" "
      "value=\"100\" step=\"5\" aria-label=\"From the photo over both to the map\"> map</label>\n"
      "<label><input type=\"checkbox\" id=\"smooth\"> smooth</label>\n{}</form>\n",
      run.photos.size() > 1 ? links : Markup{}, outline);
}

}  // namespace backlight::tools
