#include <algorithm>
#include <cmath>

#include "tools/figure/heat_map.h"
#include "tools/figure/segments.h"
#include "tools/homework/answers.h"
#include "tools/homework/figures.h"
#include "tools/methods/common.h"
#include "tools/report/markup.h"
#include "xai/metrics/agreement.h"
#include "xai/segmentation/segments.h"

namespace backlight::tools {
namespace {

constexpr double kBright = 0.05;  // the share of the pixels that are looked at

// What the bright pixels form, by how far they spread and how long their cloud is. The bounds are
// a judgement.
Text shape_text(const Bright& bright) {
  constexpr double kCompact = 0.7, kScattered = 0.92, kLong = 1.6;
  if (bright.spread >= kScattered)
    return {"No shape: they are scattered over the picture", "沒有形狀：亮點散布在整張圖片上"};
  const bool compact = bright.spread < kCompact;
  if (bright.elongation >= kLong)
    return choose(compact, {"A compact band", "一條緊密的帶狀"},
                  {"A loose band", "一條鬆散的帶狀"});
  return choose(compact, {"A compact block, about as wide as high", "一個緊密、長寬相近的塊狀"},
                {"A loose heap, about as wide as high", "一堆鬆散、長寬相近的亮點"});
}

MapPanel bright_panel(const Study& study, std::size_t n, const Bright& bright) {
  return picture_panel(bright_picture(study.photo(n).picture, bright), "Brightest pixels",
                       "over the photo", bright_legend(kBright));
}

// LIME's weights of all segments, large or not, as a map.
Tensor all_weights(Study& study, std::size_t n) {
  const auto weights = study.lime(n).details.at("weights").get<std::vector<double>>();
  return spread_over_segments(weights, study.segments(n), DType::f32);
}

// How far LIME and saliency agree about each photo.
struct Agreement {
  std::vector<double> correlation, overlap;
  std::size_t least = 0;  // the photo of the lowest correlation
};

Agreement agreement_of(Study& study) {
  Agreement agreement;
  for (std::size_t n = 0; n < study.count(); ++n) {
    const Tensor lime = all_weights(study, n), &saliency = study.saliency(n).values;
    agreement.correlation.push_back(rank_correlation(lime, saliency, Compared::magnitude));
    agreement.overlap.push_back(top_overlap(lime, saliency, 0.1, Compared::magnitude));
  }
  agreement.least = static_cast<std::size_t>(
      std::min_element(agreement.correlation.begin(), agreement.correlation.end()) -
      agreement.correlation.begin());
  return agreement;
}

void show_brightest(const Study& study, std::size_t n, const Tensor& map, const Bright& bright,
                    Answer& answer) {
  answer.figure = photo_figure(
      study, n,
      {map_panel(map, "Saliency map", "notebook's, normalised"), bright_panel(study, n, bright)});
  answer.caption = {"The saliency map, and where its brightest pixels lie.",
                    "顯著圖，以及最亮像素的位置。"};
  answer.arrays = {study.file_of(n, "saliency")};
}

}  // namespace

Answer derivative_of_the_loss(Study& study) {
  constexpr double kAgree = 0.1;  // of the gradient's norm, as the method's own check
  const std::size_t n = study.course_photo(1);
  const MapResult& map = study.saliency(n);
  const double slope = map.checks.at("measured_slope"), norm = map.checks.at("gradient_norm"),
               difference = map.checks.at("relative_difference");
  Answer answer;
  answer.text =
      Text{
          "From the loss of the photo's label, differentiated with respect to each pixel of the "
          "input. ",
          "由照片標籤的損失（loss）對輸入的每個像素微分而得。"} +
      choose(difference <= kAgree, {"Measured: along its gradient the loss of ", "實際測量："},
             {"Measured, it fits only roughly, since ReLUs and poolings change sides nearby: along "
              "its gradient the loss of ",
              "實際測量只大致相符（附近有 ReLU 與池化層切換）："}) +
      photo_text(n + 1) +
      Text{str(" rises by ", number_label(slope), " a unit of length; the gradient's norm is ",
               number_label(norm), ", ", percent(difference), " away."),
           str("的損失沿梯度方向每單位長度上升 ", number_label(slope), "，梯度的範數為 ",
               number_label(norm), "，相差 ", percent(difference), "。")} +
      study.note_on_photo(1);
  answer.number = slope;
  answer.shown = number_label(slope);
  answer.number_means = {"is the measured slope of the loss along its gradient",
                         "是沿梯度方向測得的損失斜率"};
  answer.values = {{"photo", n + 1},
                   {"measured_slope", slope},
                   {"gradient_norm", norm},
                   {"relative_difference", difference}};
  answer.figure = photo_figure(
      study, n,
      {map_panel(study.loss_gradient(n), "d loss / d pixel", "red, green and blue added up"),
       map_panel(map.values, "Saliency map", "largest magnitude of the colours, from 0 to 1")});
  answer.caption = {"The gradient of the loss, and the saliency map made from it.",
                    "損失的梯度，以及由它得到的顯著圖。"};
  answer.arrays = {study.file_of(n, "loss-gradient"), study.file_of(n, "saliency")};
  return answer;
}

Answer scales_of_saliency(Study& study) {
  constexpr double kMatters = 2;  // times, a judgement
  std::vector<double> largest;
  Answer answer;
  for (std::size_t n = 0; n < study.count(); ++n) {
    largest.push_back(largest_of(strongest_channel(study.loss_gradient(n))));
    answer.arrays.push_back(study.file_of(n, "loss-gradient"));
  }
  const auto [least, most] = std::minmax_element(largest.begin(), largest.end());
  const double ratio = *least > 0 ? *most / *least : 0;
  const auto number_at = [&](auto place) {
    return static_cast<std::size_t>(place - largest.begin()) + 1;
  };
  const bool matters = ratio >= kMatters;
  answer.text = choose(matters, {"So that photos can be compared: ", "為了讓照片之間可以比較："},
                       {"So that photos can be compared, though these would do without: ",
                        "為了讓照片之間可以比較，不過這些照片差異不大："}) +
                Text{"the largest gradient of ", "梯度最大值在"} + photo_text(number_at(most)) +
                Text{str(" is ", number_label(*most), ", that of "),
                     str("是 ", number_label(*most), "，在")} +
                photo_text(number_at(least)) +
                Text{str(" ", number_label(*least), ", ", number_label(ratio), " times less. ",
                         matters ? "On one scale the latter would be dark." : ""),
                     str("是 ", number_label(*least), "，相差 ", number_label(ratio), " 倍。",
                         matters ? "若用同一個尺度，後者會是一片黑。" : "")};
  answer.number = ratio;
  answer.shown = number_label(ratio) + " \u00D7";
  answer.number_means = {"lie between the largest gradients of two photos",
                         "是兩張照片最大梯度之間的倍數"};
  answer.values = {{"largest_gradient", largest}, {"ratio", ratio}};
  const double common = *most;
  const auto cell = [&](std::size_t n, bool one_scale) {
    HeatMap map = heat_map(strongest_channel(study.loss_gradient(n)));
    if (one_scale) map.limit = common;
    return SheetCell{heat_picture(map, map.width, map.height),
                     "largest " + number_label(largest[n])};
  };
  answer.figure = photo_sheet(study, "The same gradients on one scale and each on its own",
                              "largest magnitude over the colours",
                              {{"one scale for all", [&](std::size_t n) { return cell(n, true); }},
                               {"each normalised", [&](std::size_t n) { return cell(n, false); }}});
  answer.caption = {"Each photo's gradient on one scale for all, and each on its own.",
                    "所有照片用同一尺度，以及各自正規化後的梯度。"};
  return answer;
}

Answer shape_of_the_dots(Study& study) {
  const std::size_t n = study.course_photo(1);
  const Tensor& map = study.saliency(n).values;
  const Bright bright = brightest(map, kBright);
  Answer answer = where_it_is_bright(study, n, bright, map);
  const double wide = bright.right - bright.left, high = bright.bottom - bright.top;
  const Text place = place_text(bright.x, bright.y);
  answer.text =
      shape_text(bright) +
      Text{str(". The middle 80 % of the brightest twentieth of the pixels span ", percent(wide),
               " of the width and ", percent(high), " of the height, around a point "),
           str("。最亮的二十分之一像素中，中間 80 % 橫跨寬度的 ", percent(wide), "、高度的 ",
               percent(high), "，中心位於")} +
      place +
      Text{str("; they spread ", number_label(bright.spread),
               " times as far as pixels all over the picture would, and their cloud is ",
               number_label(bright.elongation), " times as long as wide."),
           str("；分散程度是均勻散布的 ", number_label(bright.spread), " 倍，長軸是短軸的 ",
               number_label(bright.elongation), " 倍。")} +
      study.note_on_photo(1);
  answer.number = bright.spread;
  answer.shown = number_label(bright.spread) + " \u00D7";
  answer.number_means = {"the spread of pixels all over the picture",
                         "（與均勻散布相比的分散程度）"};
  answer.values["box"] = {bright.left, bright.top, bright.right, bright.bottom};
  show_brightest(study, n, map, bright, answer);
  return answer;
}

Answer place_of_the_dots(Study& study) {
  const std::size_t n = study.course_photo(8);
  const Tensor& map = study.saliency(n).values;
  const Bright bright = brightest(map, kBright);
  Answer answer = where_it_is_bright(study, n, bright, map);
  answer.text = answer.text + study.note_on_photo(8);
  show_brightest(study, n, map, bright, answer);
  return answer;
}

Answer where_lime_and_saliency_part(Study& study) {
  const Agreement agreement = agreement_of(study);
  const std::size_t n = agreement.least;
  const double correlation = agreement.correlation[n], overlap = agreement.overlap[n];
  const double best = *std::max_element(agreement.correlation.begin(), agreement.correlation.end());
  Answer answer;
  answer.text =
      Text{"On ", "在"} + photo_text(n + 1) +
      Text{str(": there the rank correlation of LIME's weights with the saliency map, pixel by "
               "pixel, whatever their sign, is lowest, ",
               number_label(correlation), " (the highest of all photos is ", number_label(best),
               "). The strongest tenths of both share ", percent(overlap),
               " of their pixels (by chance 10 %)."),
           str("：LIME 權重大小與顯著圖逐像素的等級相關係數最低，為 ", number_label(correlation),
               "（所有照片中最高為 ", number_label(best), "）。兩者最強的十分之一像素有 ",
               percent(overlap), " 重疊（隨機的話是 10 %）。")};
  answer.number = correlation;
  answer.shown = number_label(correlation);
  answer.number_means = {"is the lowest rank correlation of the two", "是兩者等級相關係數的最小值"};
  answer.values = {{"photo", n + 1},
                   {"rank_correlation", agreement.correlation},
                   {"overlap_of_top_tenth", agreement.overlap}};
  const auto lime_picture = [&](std::size_t k) {
    const HomeworkPhoto& photo = study.photo(k);
    return segment_drawing(photo.picture, study.segments(k), all_weights(study, k),
                           study.class_name(photo.target));
  };
  const Tensor& saliency = study.saliency(n).values;
  answer.figure = stacked(
      {photo_figure(study, n,
                    {{saliency, "LIME", "the weights of all segments", lime_picture(n)},
                     map_panel(saliency, "Saliency map",
                               "rank correlation with LIME: " + number_label(correlation))}),
       photo_sheet(study, "LIME and saliency", "the weights of all segments, large or not",
                   {{"LIME",
                     [&](std::size_t k) {
                       return SheetCell{lime_picture(k).image, ""};
                     }},
                    {"saliency", [&](std::size_t k) {
                       const HeatMap map = heat_map(study.saliency(k).values);
                       return SheetCell{heat_picture(map, map.width, map.height),
                                        "correlation " + number_label(agreement.correlation[k])};
                     }}})});
  answer.caption = {"The photo on which the two differ most, and all photos.",
                    "兩者差異最大的照片，以及所有照片。"};
  for (std::size_t k = 0; k < study.count(); ++k)
    for (const char* name : {"lime", "saliency"}) answer.arrays.push_back(study.file_of(k, name));
  return answer;
}

}  // namespace backlight::tools
