#include <algorithm>
#include <cmath>
#include <numeric>

#include "tools/figure/heat_map.h"
#include "tools/homework/answers.h"
#include "tools/homework/figures.h"
#include "tools/methods/common.h"
#include "tools/report/markup.h"
#include "xai/metrics/map_values.h"

namespace backlight::tools {
namespace {

constexpr double kBright = 0.05;  // the share of the pixels that are looked at

std::vector<std::string> files_of(const Study& study, const std::string& name) {
  std::vector<std::string> files;
  for (std::size_t n = 0; n < study.count(); ++n) files.push_back(study.file_of(n, name));
  return files;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Answer smoothgrad_as_it_is(Study& study) {
  constexpr double kNothing = 0.1, kFaint = 0.3;  // of full brightness, a judgement
  // A single pixel is not seen: what counts is how bright the brightest hundredth begins.
  constexpr double kSeen = 0.99;
  std::vector<double> largest, bright;
  for (std::size_t n = 0; n < study.count(); ++n) {
    const Tensor map = strongest_channel(study.smoothgrad(n).values);
    largest.push_back(largest_of(map));
    bright.push_back(quantile(pixel_values(map), kSeen));
  }
  const auto dark = static_cast<std::size_t>(
      std::count_if(bright.begin(), bright.end(), [&](double v) { return v < kNothing; }));
  const auto [least, most] = std::minmax_element(bright.begin(), bright.end());
  Text verdict{"Something can be seen in some of the photos even so",
               "部分照片即使不正規化也看得到一些東西"};
  if (dark == study.count())
    verdict = {"Practically nothing: every map is black", "幾乎什麼都看不到：每張都是一片黑"};
  else if (*most < kFaint)
    verdict = {"Little: the maps are faint", "只看得到一點：結果很暗"};
  else if (dark == 0)
    verdict = {"Something can be seen in every photo even so",
               "即使不正規化，每張照片也看得到一些東西"};
  Answer answer;
  answer.text =
      verdict +
      Text{str(". As colours of 0 to 1, 99 % of the pixels stay below ", number_label(*least),
               " to ", number_label(*most), ", and the single brightest reaches ",
               number_label(*std::max_element(largest.begin(), largest.end())), "; in ", dark,
               " of ", study.count(), " photos they stay below a tenth of full brightness."),
           str("。若以 0 到 1 的顏色顯示，各圖 99 % 的像素低於 ", number_label(*least), " 到 ",
               number_label(*most), "，最亮的單一像素為 ",
               number_label(*std::max_element(largest.begin(), largest.end())), "；", study.count(),
               " 張照片中有 ", dark, " 張不到全亮的十分之一。")};
  answer.number = mean_of(bright);
  answer.shown = number_label(answer.number);
  answer.number_means = {
      "is what 99 % of a map's pixels stay below, on average over the photos (1 is full "
      "brightness)",
      "是各圖 99 % 像素的亮度上限之平均（全亮為 1）"};
  answer.values = {{"largest", largest},
                   {"below_which_99_percent_stay", bright},
                   {"photos_below_a_tenth", dark}};
  const auto cell = [&](std::size_t n, bool stretched) {
    return SheetCell{color_picture(study.smoothgrad(n).values, stretched),
                     stretched ? "" : "99 % below " + number_label(bright[n])};
  };
  answer.figure = photo_sheet(study, "SmoothGrad as it is, and normalised",
                              "the three colours of the map as colours",
                              {{"not normalised", [&](std::size_t n) { return cell(n, false); }},
                               {"normalised", [&](std::size_t n) { return cell(n, true); }}});
  answer.caption = {"SmoothGrad's maps as they are, and normalised.",
                    "未正規化與正規化後的 SmoothGrad 結果。"};
  answer.arrays = files_of(study, "smoothgrad");
  return answer;
}

Answer noise_and_average(Study& study) {
  const std::size_t n = study.course_photo(1);
  const MapResult& map = study.smoothgrad(n);
  const auto samples = study.options().smoothgrad_samples;
  const double sigma = map.settings.at("sigma");
  const Tensor one = without_batch(study.one_noisy_map(n).values);
  const double single = relative_change(one, map.values);
  const auto& error = map.checks.at("relative_standard_error");
  const double average = error.is_number() ? error.get<double>() : single;
  Answer answer;
  answer.text =
      Text{str("It adds noise to the photo, here of standard deviation ", number_label(sigma), ", ",
               samples, " times, and averages the maps of the noisy copies. Of "),
           str("在照片上加入標準差 ", number_label(sigma), " 的雜訊，重複 ", samples,
               " 次，再把各次的結果平均。就")} +
      photo_text(n + 1) +
      Text{str(" the map of one noisy copy is ", percent(single),
               " away from the average, whose own standard error is ", percent(average), "."),
           str("而言，單一雜訊圖的結果與平均相差 ", percent(single), "，而平均本身的標準誤差為 ",
               percent(average), "。")} +
      study.note_on_photo(1);
  answer.number = single;
  answer.shown = percent(single);
  answer.number_means = {"is how far the map of one noisy copy is from the average",
                         "是單一雜訊圖的結果與平均的差距"};
  answer.values = {{"photo", n + 1},
                   {"sigma", sigma},
                   {"samples", samples},
                   {"one_map_from_average", single},
                   {"standard_error_of_average", average}};
  answer.figure =
      photo_figure(study, n,
                   {picture_panel(tensor_to_image(study.noisy_copy(n)), "With noise",
                                  "standard deviation " + number_label(sigma), ""),
                    map_panel(one, "One map", "of this noisy copy"),
                    map_panel(map.values, "SmoothGrad", str("the average of ", samples))});
  answer.caption = {"A noisy copy, its map, and the average of all.",
                    "加入雜訊的照片、其結果，以及全部的平均。"};
  answer.arrays = {study.keep(n, "one-noisy-map", one), study.file_of(n, "smoothgrad")};
  return answer;
}

Answer what_smoothgrad_highlights(Study& study) {
  const std::size_t n = study.course_photo(7);
  const Tensor map = strongest_channel(study.smoothgrad(n).values);
  const Bright bright = brightest(map, kBright);
  Answer answer = where_it_is_bright(study, n, bright, map);
  answer.text = answer.text + study.note_on_photo(7);
  answer.figure =
      photo_figure(study, n,
                   {map_panel(map, "SmoothGrad", "largest of the three colours"),
                    picture_panel(bright_picture(study.photo(n).picture, bright),
                                  "Brightest pixels", "over the photo", bright_legend(kBright))});
  answer.caption = {"SmoothGrad's map, and where its brightest pixels lie.",
                    "SmoothGrad 的結果，以及最亮像素的位置。"};
  answer.arrays = {study.file_of(n, "smoothgrad")};
  return answer;
}

Answer smoothgrad_beside_saliency(Study& study) {
  std::vector<double> grain[2], tenth[2];
  const auto map_of = [&](std::size_t n, bool smooth) {
    return strongest_channel(smooth ? study.smoothgrad(n).values : study.loss_gradient(n));
  };
  for (std::size_t n = 0; n < study.count(); ++n)
    for (const bool smooth : {false, true}) {
      const Tensor map = map_of(n, smooth);
      grain[smooth].push_back(graininess(map));
      tenth[smooth].push_back(concentration(map));
    }
  std::size_t clearer = 0;
  for (std::size_t n = 0; n < study.count(); ++n) clearer += grain[1][n] < grain[0][n];
  const double before = mean_of(grain[0]), after = mean_of(grain[1]);
  const double ratio = before > 0 ? after / before : 1;
  constexpr double kClearly = 0.8;  // a judgement
  Text verdict{"No: its maps are not less noisy here", "否：在這裡它的結果並沒有比較少雜訊"};
  if (ratio < kClearly && 2 * clearer > study.count())
    verdict = {"Yes, more clearly", "是的，更清楚"};
  else if (ratio < 1 && 2 * clearer > study.count())
    verdict = {"Hardly: its maps are a little less noisy", "差別不大：它的結果只略少雜訊"};
  Answer answer;
  answer.text =
      verdict +
      Text{str(". From pixel to pixel SmoothGrad's map changes by ", percent(after),
               " of its mean, the saliency map by ", percent(before), ", so it has ",
               number_label(ratio), " times the grain; it is smoother in ", clearer, " of ",
               study.count(), " photos. Its brightest tenth has ", percent(mean_of(tenth[1])),
               " of the map, the saliency map's ", percent(mean_of(tenth[0])), "."),
           str("。相鄰像素之間，SmoothGrad 平均變化為其平均值的 ", percent(after), "，顯著圖為 ",
               percent(before), "，即雜訊為 ", number_label(ratio), " 倍；", study.count(),
               " 張照片中有 ", clearer, " 張較平滑。最亮的十分之一佔 SmoothGrad 的 ",
               percent(mean_of(tenth[1])), "，佔顯著圖的 ", percent(mean_of(tenth[0])), "。")};
  answer.number = ratio;
  answer.shown = number_label(ratio) + " \u00D7";
  answer.number_means = {"the grain of the saliency map", "（與顯著圖相比的雜訊程度）"};
  answer.values = {{"grain_of_saliency", grain[0]},
                   {"grain_of_smoothgrad", grain[1]},
                   {"tenth_of_saliency", tenth[0]},
                   {"tenth_of_smoothgrad", tenth[1]},
                   {"smoother_in", clearer}};
  const auto cell = [&](std::size_t n, bool smooth) {
    const HeatMap map = heat_map(map_of(n, smooth));
    return SheetCell{heat_picture(map, map.width, map.height),
                     "grain " + percent(grain[smooth][n])};
  };
  answer.figure = photo_sheet(study, "Saliency and SmoothGrad",
                              "the largest of the three colours, each on its own scale",
                              {{"saliency", [&](std::size_t n) { return cell(n, false); }},
                               {"SmoothGrad", [&](std::size_t n) { return cell(n, true); }}});
  answer.caption = {
      "Both maps of each photo. Grain: the mean difference of neighbouring pixels, of "
      "the map's mean.",
      "每張照片的兩種結果。顆粒度（grain）：相鄰像素的平均差異與平均值之比。"};
  answer.arrays = files_of(study, "loss-gradient");
  const auto smooth = files_of(study, "smoothgrad");
  answer.arrays.insert(answer.arrays.end(), smooth.begin(), smooth.end());
  return answer;
}

}  // namespace backlight::tools
