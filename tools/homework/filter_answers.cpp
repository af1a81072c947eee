#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/figure/heat_map.h"
#include "tools/homework/answers.h"
#include "tools/homework/figures.h"
#include "tools/report/markup.h"
#include "xai/filter_activation.h"
#include "xai/grad_cam.h"
#include "xai/metrics/agreement.h"

namespace backlight::tools {
namespace {

constexpr std::int64_t kFilter = 0;  // the one that the course looks at

std::string size_label(const Tensor& map) { return str(map.dim(0), " \u00D7 ", map.dim(1)); }

Image over_photo(const Image& photo, const Tensor& map) {
  constexpr int kSide = 384;
  return overlay(resize_bilinear(photo, kSide, kSide), heat_map(map));
}

MapPanel overlay_panel(const Image& photo, const Tensor& map) {
  return picture_panel(over_photo(photo, map), "Where", "the activation over the photo",
                       "The stronger the colour, the stronger the activation; in signed maps red "
                       "is above zero, blue below.");
}

// The place of the largest value of a map, as a place in the picture.
Text place_of_largest(const Tensor& map) {
  const std::size_t place = brightest(map, 0).pixels.front();
  const auto width = static_cast<std::size_t>(map.dim(1));
  return place_text((static_cast<double>(place % width) + 0.5) / static_cast<double>(width),
                    (static_cast<double>(place / width) + 0.5) / static_cast<double>(map.dim(0)));
}

std::string activation_file(Study& study, std::size_t n, const LayerInfo& layer,
                            const Tensor& map) {
  return study.keep(n, str(layer.name, ".", kFilter, ".activation"), map);
}

struct Spread {
  double mean = 0, deviation = 0, negative = 0;  // the last: the share of values below zero
};

Spread spread_of(const Tensor& values) {
  Spread spread;
  const auto count = static_cast<double>(values.numel());
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    spread.mean += values.at(i) / count;
    spread.negative += (values.at(i) < 0) / count;
  }
  for (std::int64_t i = 0; i < values.numel(); ++i)
    spread.deviation += (values.at(i) - spread.mean) * (values.at(i) - spread.mean) / count;
  spread.deviation = std::sqrt(spread.deviation);
  return spread;
}

// What PyTorch calls a layer, "BatchNorm2d", and what it does.
std::string kind_of(const LayerInfo& layer) {
  return layer.description.substr(0, layer.description.find('('));
}

Text kind_text(const std::string& kind) {
  if (kind == "BatchNorm2d")
    return {
        "a batch norm (BatchNorm2d): it shifts and scales each filter's activations to a mean "
        "and a spread that were learnt",
        "批次正規化層（BatchNorm2d）：把每個濾波器的活化值平移、縮放到學得的平均與分散程度"};
  if (kind == "Conv2d") return {"a convolution (Conv2d)", "卷積層（Conv2d）"};
  if (kind == "MaxPool2d") return {"a max pooling (MaxPool2d)", "最大池化層（MaxPool2d）"};
  return {"an activation function (" + kind + ")", "活化函數（" + kind + "）"};
}

// Photo n, in which the filter answers most, what it grew into, and the activations of all photos.
Image activation_figure(const Study& study, const LayerInfo& layer,
                        const std::vector<FilterActivation>& found, std::size_t n,
                        const Visualisation& grown) {
  const std::string name = str(layer.name, ", filter ", kFilter);
  return stacked(
      {photo_figure(study, n,
                    {map_panel(found[n].values, name, "sum " + number_label(found[n].sum)),
                     overlay_panel(study.photo(n).picture, found[n].values),
                     picture_panel(color_picture(grown.picture, true), "What it answers to",
                                   str("the photo after ", study.options().steps, " steps of Adam"),
                                   "Shown from its least value to its largest.")}),
       photo_sheet(study, name, layer.description, {{"activation", [&](std::size_t k) {
                                                       const HeatMap map =
                                                           heat_map(found[k].values);
                                                       return SheetCell{
                                                           heat_picture(map, map.width, map.height),
                                                           "sum " + number_label(found[k].sum)};
                                                     }}})});
}

// What the layers at the ends of the stages make of the photos: for each the means over the photos
// of how sharp it looks, and how far it agrees with the first about where; and one photo's maps.
struct Stages {
  std::vector<LayerInfo> layers;
  std::vector<double> sharp, overlap, correlation;
  std::vector<MapPanel> panels;
  std::vector<std::string> arrays;
};

Stages measure_stages(Study& study) {
  constexpr double kStrongest = 0.2;  // the share of the places that are compared
  const std::vector<LayerInfo> layers = study.stage_ends();
  const std::vector<double> zeros(layers.size());
  Stages stages{layers, zeros, zeros, zeros, {}, {}};
  const auto photos = static_cast<double>(study.count());
  for (std::size_t n = 0; n < study.count(); ++n) {
    const Image& picture = study.photo(n).picture;
    Tensor first;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      const Tensor response = mean_response(study.activation(layers[l].name, n));
      const bool fits = response.dim(0) == picture.height && response.dim(1) == picture.width;
      const Tensor map = fits ? response : enlarge(response, picture.height, picture.width);
      if (l == 0) first = response;
      const Tensor before = reduced(first, response.dim(0), response.dim(1));
      stages.sharp[l] += sharpness(map) / photos;
      stages.overlap[l] += top_overlap(before, response, kStrongest) / photos;
      stages.correlation[l] += rank_correlation(before, response) / photos;
      if (n != study.course_photo(2)) continue;
      stages.panels.push_back(
          map_panel(response, layers[l].name,
                    str("mean of ", layers[l].output[-1], " filters, ", size_label(response))));
      stages.arrays.push_back(study.keep(n, layers[l].name + ".mean-response", response));
    }
  }
  return stages;
}

}  // namespace

Answer what_activates_a_filter(Study& study) {
  const StudiedLayer layer = study.course_layer(6);
  Answer answer;
  answer.comparison =
      Comparison{{str("Sums of the activation of ", layer.info.name, ", filter ", kFilter),
                  str(layer.info.name, " 第 ", kFilter, " 個濾波器活化值的總和")},
                 {}};
  std::vector<FilterActivation> found;
  std::vector<double> sums;
  for (std::size_t n = 0; n < study.count(); ++n) {
    found.push_back(filter_activation(study.activation(layer.info.name, n), 0, kFilter));
    sums.push_back(found.back().sum);
    ComparedNumber row{photo_text(n + 1), sums.back(), {}};
    if (n < kPublishedFilterSums.size()) row.published = kPublishedFilterSums[n];
    answer.comparison->rows.push_back(std::move(row));
    answer.arrays.push_back(activation_file(study, n, layer.info, found.back().values));
  }
  const auto n =
      static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin());
  const Bright bright = brightest(found[n].values, 0.05);
  const Text color = color_text(
      mean_color(resize_bilinear(study.photo(n).picture, static_cast<int>(found[n].values.dim(1)),
                                 static_cast<int>(found[n].values.dim(0))),
                 bright.pixels));
  const Visualisation grown = study.visualise(layer.info.name, kFilter, n);
  answer.arrays.push_back(
      study.keep(n, str(layer.info.name, ".", kFilter, ".visualisation"), grown.picture));
  answer.text =
      Text{str("Filter ", kFilter, " of ", layer.info.name, " answers most to "),
           str(layer.info.name, " 的第 ", kFilter, " 個濾波器反應最強的是")} +
      photo_text(n + 1) +
      Text{str(", where its activation sums to ", number_label(sums[n]), " (the least of all: ",
               number_label(*std::min_element(sums.begin(), sums.end())), "), most strongly "),
           str("，活化值總和為 ", number_label(sums[n]), "（所有照片中最小為 ",
               number_label(*std::min_element(sums.begin(), sums.end())), "），最強處在")} +
      place_of_largest(found[n].values) +
      Text{", on parts that are on average ", "，反應強的部分平均顏色是"} + color +
      Text{str(". Changed to please it, the photo brings the sum from ",
               number_label(grown.start_sum), " to ", number_label(grown.sum), " in ",
               study.options().steps, " steps."),
           str("。以梯度上升改變照片 ", study.options().steps, " 步後，總和由 ",
               number_label(grown.start_sum), " 升到 ", number_label(grown.sum), "。")} +
      layer.note;
  answer.number = sums[n];
  answer.shown = number_label(sums[n]);
  answer.number_means = {"is the largest sum of the filter's activation in a photo",
                         "是該濾波器在單張照片上活化值總和的最大值"};
  answer.values = {{"layer", layer.info.name},
                   {"filter", kFilter},
                   {"sums", sums},
                   {"photo", n + 1},
                   {"color", color.en},
                   {"visualised_from", grown.start_sum},
                   {"visualised_to", grown.sum}};
  answer.figure = activation_figure(study, layer.info, found, n, grown);
  answer.caption = {"The photo that activates the filter most, and all photos.",
                    "最能活化該濾波器的照片，以及所有照片。"};
  return answer;
}

Answer place_of_an_activation(Study& study) {
  constexpr double kOutside = 0.55, kInside = 0.45;  // a judgement; by chance half
  const std::size_t n = study.course_photo(2);
  const StudiedLayer layer = study.course_layer(15);
  const FilterActivation found =
      filter_activation(study.activation(layer.info.name, n), 0, kFilter);
  const double outer = outer_share(found.values);
  const Spread spread = spread_of(found.values);
  const bool silent = found.most <= 0 && spread.deviation == 0;
  Text verdict{"Parts of the middle and of the background alike", "中央與背景都有"};
  if (silent)
    verdict = {"None: the filter is silent here", "沒有：這個濾波器在此沒有反應"};
  else if (outer >= kOutside)
    verdict = {"Mostly the background, that is, what lies towards the borders",
               "主要是背景，也就是靠近邊緣的部分"};
  else if (outer <= kInside)
    verdict = {"Mostly what lies in the middle of the photo", "主要是照片中央的部分"};
  Answer answer;
  answer.text =
      verdict +
      Text{str(": the outer half of the picture has ", percent(outer),
               " of the activation, which is strongest "),
           str("：圖片外側的一半佔活化值的 ", percent(outer), "，最強處在")} +
      place_of_largest(found.values) +
      Text{str(" (", number_label(found.most), "; its sum is ", number_label(found.sum), ")."),
           str("（", number_label(found.most), "；總和為 ", number_label(found.sum), "）。")} +
      layer.note + study.note_on_photo(2);
  answer.number = outer;
  answer.shown = percent(outer);
  answer.number_means = {"of the activation lies in the outer half of the picture",
                         "的活化值位於圖片外側的一半"};
  answer.values = {{"photo", n + 1},          {"layer", layer.info.name}, {"filter", kFilter},
                   {"outer_half_has", outer}, {"sum", found.sum},         {"largest", found.most}};
  answer.figure =
      photo_figure(study, n,
                   {map_panel(found.values, str(layer.info.name, ", filter ", kFilter),
                              str(layer.info.description, ", ", size_label(found.values))),
                    overlay_panel(study.photo(n).picture, found.values)});
  answer.caption = {"The activation of the filter, and where it lies in the photo.",
                    "該濾波器的活化圖，以及它在照片上的位置。"};
  answer.arrays = {activation_file(study, n, layer.info, found.values)};
  return answer;
}

Answer kind_of_a_layer(Study& study) {
  const std::size_t n = study.course_photo(2);
  const StudiedLayer layer = study.course_layer(21), before = study.course_layer(20);
  const std::string kind = kind_of(layer.info);
  const Tensor in = study.activation(before.info.name, n),
               out = study.activation(layer.info.name, n);
  const FilterActivation from = filter_activation(in, 0, kFilter),
                         to = filter_activation(out, 0, kFilter);
  const Spread from_spread = spread_of(from.values), to_spread = spread_of(to.values);
  Answer answer;
  answer.text =
      Text{"It is ", "是"} + kind_text(kind) +
      Text{str(", of ", layer.info.output[-1], " filters (", layer.info.description,
               "). In this photo it takes filter ", kFilter, " of ", before.info.name,
               " from a mean of ", number_label(from_spread.mean), " and a standard deviation of ",
               number_label(from_spread.deviation), " to ", number_label(to_spread.mean), " and ",
               number_label(to_spread.deviation), "; ", percent(to_spread.negative),
               " of what it gives is below zero."),
           str("，有 ", layer.info.output[-1], " 個濾波器（", layer.info.description,
               "）。在這張照片上，它把 ", before.info.name, " 第 ", kFilter, " 個濾波器的平均值由 ",
               number_label(from_spread.mean), "、標準差由 ", number_label(from_spread.deviation),
               " 變為 ", number_label(to_spread.mean), " 與 ", number_label(to_spread.deviation),
               "；輸出中有 ", percent(to_spread.negative), " 小於零。")} +
      layer.note + study.note_on_photo(2);
  answer.number = to_spread.deviation;
  answer.shown = number_label(to_spread.deviation);
  answer.number_means = {"is the standard deviation that it gives the filter in this photo",
                         "是該層輸出在這張照片上的標準差"};
  answer.values = {{"photo", n + 1},
                   {"layer", layer.info.name},
                   {"kind", kind},
                   {"description", layer.info.description},
                   {"filters", layer.info.output[-1]},
                   {"parameters", layer.info.parameters},
                   {"mean_before", from_spread.mean},
                   {"deviation_before", from_spread.deviation},
                   {"mean", to_spread.mean},
                   {"deviation", to_spread.deviation},
                   {"below_zero", to_spread.negative}};
  answer.figure = photo_figure(
      study, n,
      {map_panel(from.values, str(before.info.name, ", filter ", kFilter), before.info.description),
       map_panel(to.values, str(layer.info.name, ", filter ", kFilter), layer.info.description)});
  answer.caption = {"What goes into the layer, and what it makes of it.", "該層的輸入與輸出。"};
  answer.arrays = {activation_file(study, n, before.info, from.values),
                   activation_file(study, n, layer.info, to.values)};
  return answer;
}

Answer later_layers(Study& study) {
  constexpr double kBlurrier = 0.8, kSharper = 1.25;      // judgements
  constexpr double kSimilar = 0.5, kPartlySimilar = 0.3;  // of the strongest places, in both
  Stages stages = measure_stages(study);
  const std::vector<LayerInfo>& layers = stages.layers;
  const std::vector<double>&sharp = stages.sharp, &alike = stages.overlap;
  Answer answer;
  const double ratio = sharp.front() > 0 ? sharp.back() / sharp.front() : 1;
  const double places =
      std::accumulate(alike.begin() + 1, alike.end(), 0.0) / static_cast<double>(alike.size() - 1);
  Text looks{"About as sharp", "清晰度差不多"};
  if (ratio < kBlurrier) looks = {"Blurrier", "比較模糊"};
  if (ratio > kSharper) looks = {"Sharper", "比較清晰"};
  Text where{", and in other places", "，而且位置不同"};
  if (places >= kSimilar)
    where = {", in similar places", "，但位置相似"};
  else if (places >= kPartlySimilar)
    where = {", in partly similar places", "，位置部分相似"};
  answer.text =
      looks + where +
      Text{str(". From ", layers.front().name, " (", layers.front().output[1],
               " places a side) to ", layers.back().name, " (", layers.back().output[1],
               ") the step from pixel to pixel, in standard deviations of the map, goes from ",
               number_label(sharp.front()), " to ", number_label(sharp.back()),
               ". Of the fifth of its places that are strongest, a later layer shares ",
               percent(places), " with the first on average (by chance 20 %), the last ",
               percent(alike.back()), "."),
           str("。由 ", layers.front().name, "（邊長 ", layers.front().output[1], "）到 ",
               layers.back().name, "（邊長 ", layers.back().output[1],
               "），相鄰像素的變化（以標準差為單位）由 ", number_label(sharp.front()), " 變為 ",
               number_label(sharp.back()), "。後面各層反應最強的五分之一位置，平均有 ",
               percent(places), " 與第一層相同（隨機的話是 20 %），最後一層為 ",
               percent(alike.back()), "。")};
  answer.number = ratio;
  answer.shown = number_label(ratio) + " \u00D7";
  answer.number_means = {"the sharpness of the first layer, at the last",
                         "（最後一層與第一層清晰度之比）"};
  std::vector<std::string> names;
  for (const LayerInfo& layer : layers) names.push_back(layer.name);
  answer.values = {{"layers", names},
                   {"sharpness", sharp},
                   {"rank_correlation_with_first", stages.correlation},
                   {"overlap_with_first", alike},
                   {"mean_overlap", places}};
  answer.figure = photo_figure(study, study.course_photo(2), stages.panels);
  answer.arrays = std::move(stages.arrays);
  answer.caption = {"How strongly all filters together answer, at the end of each stage.",
                    "各階段最後一層所有濾波器的平均反應。"};
  return answer;
}

}  // namespace backlight::tools
