#include <algorithm>
#include <cmath>

#include "tools/figure/heat_map.h"
#include "tools/homework/answers.h"
#include "tools/homework/figures.h"
#include "tools/report/markup.h"
#include "xai/metrics/agreement.h"

namespace backlight::tools {
namespace {

constexpr double kBright = 0.05;     // the share of the pixels that are looked at
constexpr std::int64_t kSteps = 10;  // the notebook's
constexpr std::int64_t kMore[] = {50, 200};

std::string file_of(const Study& study, std::size_t n, std::int64_t steps) {
  return study.file_of(n, str("integrated-gradients-", steps));
}

// The magnitude of each pixel's sum over the colours.
Tensor magnitudes(const Tensor& map) {
  Tensor sums({map.dim(0), map.dim(1)});
  const std::int64_t channels = map.dim(2);
  for (std::int64_t i = 0; i < sums.numel(); ++i) {
    double sum = 0;
    for (std::int64_t c = 0; c < channels; ++c) sum += map.at(i * channels + c);
    sums.mutable_data<float>()[i] = static_cast<float>(std::abs(sum));
  }
  return sums;
}

// What Integrated Gradients of the first photo sums to by each rule, beside what was published.
Comparison sums_of_first_photo(Study& study) {
  const IntegratedGradientsResult& left = study.integrated_gradients(0, kSteps);
  const Text name = photo_text(1);
  Comparison comparison{
      Text{"Integrated Gradients of ", ""} + name + Text{": sums", "積分梯度的總和"}, {}};
  comparison.rows = {
      {{"change of the logit from black", "logit 由全黑起的變化"}, left.expected, kPublishedRise},
      {{"left rule, 10 steps, times the photo", "左端法則，10 步，乘上照片"},
       left.sum,
       kPublishedLeft10}};
  for (const auto& [steps, published] :
       {std::pair{50, kPublishedMidpoint50}, {200, kPublishedMidpoint200}})
    comparison.rows.push_back(
        {{str("midpoint rule, ", steps, " steps"), str("中點法則，", steps, " 步")},
         study.midpoint_gradients(0, steps).sum,
         published});
  return comparison;
}

}  // namespace

Answer what_integrated_gradients_highlights(Study& study) {
  const std::size_t n = study.course_photo(3);
  const IntegratedGradientsResult& result = study.integrated_gradients(n, kSteps);
  const Tensor map = magnitudes(result.values);
  const Bright bright = brightest(map, kBright);
  Answer answer = where_it_is_bright(study, n, bright, map);
  answer.text = answer.text +
                Text{str(" Times the photo, the map sums to ", number_label(result.sum),
                         "; the logit of ", study.class_name(study.photo(n).target), " changes by ",
                         number_label(result.expected), " from black."),
                     str("乘上照片後總和為 ", number_label(result.sum), "；「",
                         class_text(study.class_name(study.photo(n).target)).zh,
                         "」的 logit 由全黑起變化 ", number_label(result.expected), "。")} +
                study.note_on_photo(3);
  answer.values["sum_times_photo"] = result.sum;
  answer.values["rise_of_the_logit"] = result.expected;
  answer.figure = photo_figure(
      study, n,
      {map_panel(result.values, "Integrated Gradients", str(kSteps, " steps from black")),
       picture_panel(bright_picture(study.photo(n).picture, bright), "Strongest pixels",
                     "whatever their sign, over the photo", bright_legend(kBright))});
  answer.caption = {"The map of Integrated Gradients, and where its strongest pixels lie.",
                    "積分梯度的結果，以及最強像素的位置。"};
  answer.arrays = {file_of(study, n, kSteps)};
  return answer;
}

Answer effect_of_more_steps(Study& study) {
  constexpr double kSame = 0.9, kSimilar = 0.7;  // rank correlations, a judgement
  const std::size_t n = study.course_photo(3);
  const Tensor& map = study.integrated_gradients(n, kSteps).values;
  const std::string name = "Integrated Gradients";
  std::vector<MapPanel> panels{map_panel(map, name, str(kSteps, " steps"))};
  std::vector<double> change, correlation;
  Answer answer;
  answer.arrays = {file_of(study, n, kSteps)};
  Tensor before = map;
  for (const std::int64_t steps : kMore) {
    const Tensor& more = study.integrated_gradients(n, steps).values;
    change.push_back(relative_change(before, more));
    correlation.push_back(rank_correlation(before, more));
    panels.push_back(map_panel(more, name, str(steps, " steps")));
    answer.arrays.push_back(file_of(study, n, steps));
    before = more;
  }
  const double least = *std::min_element(correlation.begin(), correlation.end());
  Text verdict{"Yes, clearly", "會，有明顯的差異"};
  if (least >= kSame)
    verdict = {"Not significantly: the maps are as good as the same",
               "沒有明顯的差異：結果幾乎相同"};
  else if (least >= kSimilar)
    verdict = {"Somewhat: the maps are similar, not the same", "有一些差異：結果相似但不相同"};
  answer.text =
      verdict +
      Text{str(". From 10 to 50 steps the map changes by ", percent(change[0]),
               " (rank correlation of the pixels ", number_label(correlation[0]),
               "), from 50 to 200 by ", percent(change[1]), " (", number_label(correlation[1]),
               ")."),
           str("。由 10 步增加到 50 步，結果變化 ", percent(change[0]), "（像素等級相關係數 ",
               number_label(correlation[0]), "）；由 50 步到 200 步變化 ", percent(change[1]), "（",
               number_label(correlation[1]), "）。")} +
      study.note_on_photo(3);
  answer.number = change[0];
  answer.shown = percent(change[0]);
  answer.number_means = {"is what the map changes by from 10 to 50 steps",
                         "是由 10 步增加到 50 步時結果的變化"};
  answer.values = {
      {"photo", n + 1}, {"relative_change", change}, {"rank_correlation", correlation}};
  answer.comparison = sums_of_first_photo(study);
  answer.figure = photo_figure(study, n, panels);
  answer.caption = {"The map with 10, 50 and 200 steps.", "10、50、200 步的結果。"};
  return answer;
}

Answer points_on_the_way(Study& study) {
  const std::size_t n = study.course_photo(3);
  const Tensor x = study.x(n).to(Device::cpu);
  std::vector<Tensor> points;
  std::vector<double> shares;
  std::int64_t outside = 0;
  double furthest = 0;  // of a point's pixel, of the photo's
  for (std::int64_t k = 0; k <= kSteps; ++k) {
    shares.push_back(static_cast<double>(k) / static_cast<double>(kSteps));
    points.push_back(affine(Var(x), shares.back(), 0).value());
    for (std::int64_t i = 0; k < kSteps && i < x.numel(); ++i) {
      const double value = points.back().at(i);
      outside += value < 0 || value > x.at(i);
      if (x.at(i) > 0) furthest = std::max(furthest, value / x.at(i));
    }
  }
  const std::vector<double> logits = study.logits_at(n, concatenate(points));
  const double start = logits.front(), end = logits.back();
  Answer answer;
  answer.text =
      choose(outside == 0,
             {"All of them lie between the baseline, black, and the photo: ",
              "全部位於基準圖（全黑）與照片之間："},
             {"Not all of them lie between the baseline, black, and the photo: ",
              "並非全部位於基準圖（全黑）與照片之間："}) +
      Text{str(kSteps, " pictures, the photo times 0, 0.1 and so on up to ", number_label(furthest),
               ", with ", outside, " values beyond the two. Along them the logit of ",
               study.class_name(study.photo(n).target), " goes from ", number_label(start), " to ",
               number_label(logits[logits.size() - 2]), "; of the photo itself it is ",
               number_label(end), "."),
           str(kSteps, " 張圖片，即照片乘上 0、0.1 直到 ", number_label(furthest),
               "，超出兩者的值有 ", outside, " 個。沿途「",
               class_text(study.class_name(study.photo(n).target)).zh, "」的 logit 由 ",
               number_label(start), " 變為 ", number_label(logits[logits.size() - 2]),
               "；照片本身為 ", number_label(end), "。")} +
      study.note_on_photo(3);
  answer.number = end - start;
  answer.shown = number_label(end - start);
  answer.number_means = {"is what the logit changes by from the baseline to the photo",
                         "是 logit 由基準圖到照片的變化"};
  answer.values = {
      {"photo", n + 1}, {"shares", shares}, {"logits", logits}, {"values_outside", outside}};
  SheetSection section{str("From black to photo ", n + 1),
                       "the pictures at which the notebook takes gradients, and the photo last",
                       {},
                       {{{}, "picture", {}}}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    section.columns.push_back(k + 1 < points.size() ? str("photo \u00D7 ", shares[k])
                                                    : std::string("the photo"));
    section.rows.front().cells.push_back(
        {tensor_to_image(points[k]), "logit " + number_label(logits[k])});
  }
  answer.figure = contact_sheet("Integrated Gradients", {section});
  answer.caption = {"The pictures between the baseline and the photo, with the target's logit.",
                    "基準圖與照片之間的各張圖片，以及目標類別的 logit。"};
  answer.arrays = {study.keep(n, "points", concatenate(points))};
  return answer;
}

}  // namespace backlight::tools
