#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/figure/heat_map.h"
#include "tools/figure/segments.h"
#include "tools/homework/answers.h"
#include "tools/homework/figures.h"
#include "tools/report/markup.h"
#include "xai/segmentation/segments.h"

namespace backlight::tools {
namespace {

constexpr double kLeastShown = 0.05;  // of the notebook's picture

// One segment of LIME's picture.
struct Part {
  double weight = 0;
  std::vector<std::size_t> pixels;
};

// The weights of LIME that a question looks at: those that the notebook shows or, where it shows
// none, all there are.
struct Weights {
  std::vector<Part> parts;
  bool are_shown = true;
  double positive = 0, negative = 0;  // sums of magnitudes
  std::size_t above = 0, below = 0;   // how many

  std::size_t count() const { return above + below; }
  double negative_share() const {
    return positive + negative > 0 ? negative / (positive + negative) : 0;
  }
};

std::vector<Part> parts_of(const Tensor& segments) {
  std::vector<Part> parts(static_cast<std::size_t>(count_segments(segments)));
  const std::int32_t* segment = segments.data<std::int32_t>();
  for (std::int64_t i = 0; i < segments.numel(); ++i)
    parts[static_cast<std::size_t>(segment[i])].pixels.push_back(static_cast<std::size_t>(i));
  return parts;
}

Weights weights_of(Study& study, std::size_t n) {
  const MapResult& map = study.lime(n);
  Weights weights;
  weights.parts = parts_of(study.segments(n));
  double most = 0;
  for (Part& part : weights.parts) {
    part.weight = map.values.at(static_cast<std::int64_t>(part.pixels.front()));
    most = std::max(most, std::abs(part.weight));
  }
  weights.are_shown = most > 0;
  const auto all = map.details.at("weights").get<std::vector<double>>();
  for (std::size_t s = 0; s < weights.parts.size(); ++s) {
    double& weight = weights.parts[s].weight;
    if (!weights.are_shown) weight = all[s];
    (weight > 0 ? weights.positive : weights.negative) += std::abs(weight);
    weights.above += weight > 0;
    weights.below += weight < 0;
  }
  return weights;
}

// Where none of the weights is large enough for the notebook's picture.
Text note_on(const Weights& weights) {
  if (weights.are_shown) return {};
  return {str(" (No weight reaches the ", kLeastShown,
              " from which the notebook shows them; this is said of all.)"),
          str("（沒有任何權重達到筆記本顯示的門檻 ", kLeastShown, "；以上是就全部區塊而言。）")};
}

// A map in which only the segments of one sign are left.
Tensor one_sign(const Weights& weights, const Tensor& segments, bool above) {
  std::vector<double> values;
  for (const Part& part : weights.parts)
    values.push_back((part.weight > 0) == above ? part.weight : 0);
  return spread_over_segments(values, segments, DType::f32);
}

MapPanel lime_panel(Study& study, std::size_t n, const Weights& weights, const Tensor& values,
                    const std::string& title, const std::string& caption) {
  const HomeworkPhoto& photo = study.photo(n);
  const Drawing drawing =
      segment_drawing(photo.picture, study.segments(n), values, study.class_name(photo.target));
  return {values, title, caption + (weights.are_shown ? "" : " (all weights)"), drawing};
}

Tensor all_values(const Weights& weights, const Tensor& segments) {
  std::vector<double> values;
  for (const Part& part : weights.parts) values.push_back(part.weight);
  return spread_over_segments(values, segments, DType::f32);
}

std::vector<std::string> lime_files(const Study& study, std::size_t n) {
  return {study.file_of(n, "lime"), study.file_of(n, "segments")};
}

Text place_of(const Part& part, const Image& photo) {
  double x = 0, y = 0;
  const auto width = static_cast<std::size_t>(photo.width);
  for (const std::size_t pixel : part.pixels) {
    x += static_cast<double>(pixel % width) + 0.5;
    y += static_cast<double>(pixel / width) + 0.5;
  }
  const auto count = static_cast<double>(part.pixels.size());
  return place_text(x / count / photo.width, y / count / photo.height);
}

// The logit of a photo's target with the segments of one sign hidden; nothing if there are none.
std::optional<double> logit_without(Study& study, std::size_t n, const Weights& weights,
                                    bool above) {
  if ((above ? weights.above : weights.below) == 0) return std::nullopt;
  std::vector<bool> hidden;
  for (const Part& part : weights.parts)
    hidden.push_back(above ? part.weight > 0 : part.weight < 0);
  return study.logit_without(n, hidden);
}

// The photo with the segments of one sign in their mean colours.
Image hidden_picture(Study& study, std::size_t n, const Weights& weights, bool above) {
  const Image& photo = study.photo(n).picture;
  Image picture = photo;
  for (const Part& part : weights.parts) {
    if (above ? part.weight <= 0 : part.weight >= 0) continue;
    const Color mean = mean_color(photo, part.pixels);
    for (const std::size_t pixel : part.pixels)
      set_color(picture, static_cast<int>(pixel) % photo.width,
                static_cast<int>(pixel) / photo.width, mean);
  }
  return picture;
}

// Photo n with the segments of either colour hidden.
Image hidden_figure(Study& study, std::size_t n) {
  const Weights weights = weights_of(study, n);
  const auto panel = [&](bool above, const std::string& title) {
    const auto logit = logit_without(study, n, weights, above);
    return picture_panel(hidden_picture(study, n, weights, above), title,
                         logit ? str("logit ", number_label(*logit), " instead of ",
                                     number_label(study.photo(n).target_logit))
                               : std::string("there is none of this colour"),
                         "Hidden segments show their mean colour.");
  };
  return photo_figure(study, n,
                      {lime_panel(study, n, weights, all_values(weights, study.segments(n)), "LIME",
                                  "green for, red against"),
                       panel(true, "Without green"), panel(false, "Without red")});
}

// What hiding the segments of one sign did to the logits of the photos.
struct Effect {
  double sum = 0;
  std::size_t photos = 0, as_expected = 0;
  double mean() const { return photos > 0 ? sum / static_cast<double>(photos) : 0; }
  // Whether the sign did what it should, on average and in most photos.
  bool holds() const { return photos == 0 || (mean() > 0 && 2 * as_expected > photos); }
  void add(double effect) {
    sum += effect;
    ++photos;
    as_expected += effect > 0;
  }
};

}  // namespace

Answer pieces_of_lime(Study& study) {
  Answer answer;
  answer.comparison = Comparison{{"Segments of each photo", "每張照片的區塊數"}, {}};
  std::vector<std::int64_t> counts;
  for (std::size_t n = 0; n < study.count(); ++n) {
    counts.push_back(count_segments(study.segments(n)));
    ComparedNumber row{photo_text(n + 1), static_cast<double>(counts.back()), {}};
    if (n < kPublishedSegments.size()) row.published = kPublishedSegments[n];
    answer.comparison->rows.push_back(std::move(row));
    answer.arrays.push_back(study.file_of(n, "segments"));
  }
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end());
  const double mean =
      std::accumulate(counts.begin(), counts.end(), 0.0) / static_cast<double>(counts.size());
  const double pixels = static_cast<double>(study.segments(0).numel()) / mean;
  answer.text = {
      str("It cuts the picture into pieces: SLIC made ", *least, " to ", *most,
          " segments of these photos, ", number_label(mean), " on average, each of about ",
          number_label(pixels), " pixels. LIME then hides them at random, ",
          study.options().lime_samples, " times for each photo."),
      str("把圖片切成許多小塊：SLIC 把這些照片切成 ", *least, " 到 ", *most, " 個區塊，平均 ",
          number_label(mean), " 個，每個約 ", number_label(pixels),
          " 個像素。接著 LIME 隨機遮住這些區塊，每張照片 ", study.options().lime_samples, " 次。")};
  answer.number = mean;
  answer.shown = number_label(mean);
  answer.number_means = {"segments in a photo, on average", "個區塊（每張照片的平均）"};
  answer.values = {{"segments", counts}, {"pixels_in_a_segment", pixels}};
  const auto pieces = [&](std::size_t n) {
    const Tensor none = Tensor::zeros(study.segments(n).shape());
    return segment_drawing(study.photo(n).picture, study.segments(n), none, "").image;
  };
  const std::size_t shown = study.course_photo(1);
  answer.figure = stacked(
      {photo_figure(study, shown,
                    {picture_panel(pieces(shown), "Its pieces", str(counts[shown], " segments"),
                                   "White: the borders of the segments.")}),
       photo_sheet(study, "The pieces that LIME hides and shows", "SLIC, 200 segments asked for",
                   {{"its segments", [&](std::size_t n) {
                       return SheetCell{pieces(n), str(counts[n], " segments")};
                     }}})});
  answer.caption = {"Each photo and the segments that it was cut into.",
                    "各張照片及其被切成的區塊。"};
  return answer;
}

Answer negative_part(Study& study) {
  const std::size_t n = study.course_photo(2);
  const Weights weights = weights_of(study, n);
  const Part& least =
      *std::min_element(weights.parts.begin(), weights.parts.end(),
                        [](const Part& a, const Part& b) { return a.weight < b.weight; });
  const Image& picture = study.photo(n).picture;
  Answer answer;
  if (weights.below > 0) {
    const Text color = color_text(mean_color(picture, least.pixels));
    const std::string weight = number_label(least.weight);
    const std::string share = percent(weights.negative_share());
    answer.text =
        Text{"The most negative part is ", "最負的部分是"} + color +
        Text{" and lies ", "的，位於"} + place_of(least, picture) +
        Text{str(": its segment has the weight ", weight, ". Of ", weights.count(),
                 " segments with a weight, ", weights.below, " are negative, with ", share,
                 " of all the weight."),
             str("：其區塊的權重為 ", weight, "。", weights.count(), " 個有權重的區塊中，",
                 weights.below, " 個是負的，佔全部權重的 ", share, "。")};
    answer.values["color"] = color.en;
    answer.values["place"] = place_of(least, picture).en;
  } else {
    answer.text = {str("None does: all ", weights.above, " segments with a weight are positive."),
                   str("沒有：", weights.above, " 個有權重的區塊全都是正的。")};
  }
  answer.text = answer.text + note_on(weights) + study.note_on_photo(2);
  answer.number = least.weight;
  answer.shown = number_label(least.weight);
  answer.number_means = {"the least weight of a segment", "區塊權重的最小值"};
  answer.values.update({{"photo", n + 1},
                        {"negative_segments", weights.below},
                        {"positive_segments", weights.above},
                        {"negative_share_of_weight", weights.negative_share()},
                        {"notebook_shows_some", weights.are_shown}});
  const Tensor& segments = study.segments(n);
  answer.figure = photo_figure(
      study, n,
      {lime_panel(study, n, weights, all_values(weights, segments), "LIME", "what it shows"),
       lime_panel(study, n, weights, one_sign(weights, segments, false), "Against",
                  "its negative segments alone")});
  answer.caption = {"What LIME shows, and the negative part of it alone.",
                    "LIME 顯示的結果，以及其中負的部分。"};
  answer.arrays = lime_files(study, n);
  return answer;
}

Answer signs_of_the_parts(Study& study) {
  constexpr double kAlmostAll = 0.9, kMost = 0.66;  // of the weight, a judgement
  const std::size_t n = study.course_photo(3);
  const Weights weights = weights_of(study, n);
  const double positive = weights.count() > 0 ? 1 - weights.negative_share() : 0;
  Text verdict{"Both: its parts are partly positive, partly negative",
               "兩者都有：有的部分是正的，有的部分是負的"};
  if (weights.count() == 0)
    verdict = {"Neither: no part has a weight", "都沒有：沒有任何部分有權重"};
  else if (positive >= kAlmostAll)
    verdict = {"For it: its parts are positive, almost without exception", "幾乎全部是正的"};
  else if (positive <= 1 - kAlmostAll)
    verdict = {"Against it: its parts are negative, almost without exception", "幾乎全部是負的"};
  else if (positive >= kMost)
    verdict = {"Both, but mostly for it: partly positive, in a smaller part negative",
               "兩者都有，但大多是正的，少部分是負的"};
  else if (positive <= 1 - kMost)
    verdict = {"Both, but mostly against it: partly negative, in a smaller part positive",
               "兩者都有，但大多是負的，少部分是正的"};
  Answer answer;
  answer.text = verdict +
                Text{str(". ", weights.above, " segments with ", percent(positive),
                         " of the weight speak for ", study.class_name(study.photo(n).target), ", ",
                         weights.below, " against it."),
                     str("。", weights.above, " 個區塊（佔權重的 ", percent(positive), "）支持「",
                         class_text(study.class_name(study.photo(n).target)).zh, "」，",
                         weights.below, " 個反對。")} +
                note_on(weights) + study.note_on_photo(3);
  answer.number = positive;
  answer.shown = percent(positive);
  answer.number_means = {"of the weight is positive", "的權重是正的"};
  answer.values = {{"photo", n + 1},
                   {"positive_segments", weights.above},
                   {"negative_segments", weights.below},
                   {"positive_weight", weights.positive},
                   {"negative_weight", -weights.negative},
                   {"notebook_shows_some", weights.are_shown}};
  const Tensor& segments = study.segments(n);
  answer.figure = photo_figure(
      study, n,
      {lime_panel(study, n, weights, all_values(weights, segments), "LIME", "both"),
       lime_panel(study, n, weights, one_sign(weights, segments, true), "For", "positive alone"),
       lime_panel(study, n, weights, one_sign(weights, segments, false), "Against",
                  "negative alone")});
  answer.caption = {"What LIME shows, its positive segments, and its negative ones.",
                    "LIME 顯示的結果、其中正的區塊，以及負的區塊。"};
  answer.arrays = lime_files(study, n);
  return answer;
}

Answer meaning_of_the_colors(Study& study) {
  Effect green, red;
  Answer answer;
  answer.values["photos"] = nlohmann::json::array();
  for (std::size_t n = 0; n < study.count(); ++n) {
    const Weights weights = weights_of(study, n);
    const double whole = study.photo(n).target_logit;
    nlohmann::json row{{"photo", n + 1}, {"logit", whole}};
    if (const auto logit = logit_without(study, n, weights, true)) {
      green.add(whole - *logit);
      row["without_green"] = *logit;
    }
    if (const auto logit = logit_without(study, n, weights, false)) {
      red.add(*logit - whole);
      row["without_red"] = *logit;
    }
    answer.values["photos"].push_back(row);
    const auto files = lime_files(study, n);
    answer.arrays.insert(answer.arrays.end(), files.begin(), files.end());
  }
  const Text verdict =
      choose(green.holds() && red.holds(),
             {"Green speaks for the class and red against it",
              "綠色支持該類別（正貢獻），紅色反對（負貢獻）"},
             {"Green is meant to speak for the class and red against it, but this network does not "
              "bear out both",
              "綠色應是正貢獻、紅色應是負貢獻，但這個網路並未完全印證"});
  answer.text =
      verdict +
      Text{str(". With the green segments hidden, the logit falls by ", number_label(green.mean()),
               " on average (it falls in ", green.as_expected, " of ", green.photos,
               " photos); with the red ones hidden, it rises by ", number_label(red.mean()),
               " (in ", red.as_expected, " of ", red.photos, ")."),
           str("。遮住綠色區塊，logit 平均下降 ", number_label(green.mean()), "（", green.photos,
               " 張照片中有 ", green.as_expected, " 張下降）；遮住紅色區塊，logit 平均上升 ",
               number_label(red.mean()), "（", red.photos, " 張中有 ", red.as_expected,
               " 張上升）。")};
  answer.number = green.mean();
  answer.shown = number_label(green.mean());
  answer.number_means = {"is what the logit falls by without the green segments",
                         "是遮住綠色區塊後 logit 的下降量"};
  answer.values["mean_fall_without_green"] = green.mean();
  answer.values["mean_rise_without_red"] = red.mean();
  const std::size_t n = study.course_photo(2);
  answer.figure = hidden_figure(study, n);
  answer.caption = Text{"The logit with the segments of one colour hidden, of ",
                        "遮住某一種顏色的區塊後的 logit："} +
                   photo_text(n + 1) + Text{".", "。"};
  return answer;
}

}  // namespace backlight::tools
