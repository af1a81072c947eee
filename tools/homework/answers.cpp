#include "tools/homework/answers.h"

#include <array>

#include "tools/figure/heat_map.h"
#include "tools/homework/measures.h"
#include "tools/report/markup.h"

namespace backlight::tools {
namespace {

constexpr std::array kAnswers{pieces_of_lime,
                              negative_part,
                              signs_of_the_parts,
                              meaning_of_the_colors,
                              derivative_of_the_loss,
                              scales_of_saliency,
                              shape_of_the_dots,
                              place_of_the_dots,
                              where_lime_and_saliency_part,
                              smoothgrad_as_it_is,
                              noise_and_average,
                              what_smoothgrad_highlights,
                              smoothgrad_beside_saliency,
                              what_activates_a_filter,
                              place_of_an_activation,
                              kind_of_a_layer,
                              later_layers,
                              what_integrated_gradients_highlights,
                              effect_of_more_steps,
                              points_on_the_way};

// From which share in one ninth of the picture bright pixels gather there, and from which they lean
// there; by chance it has a ninth. A judgement.
constexpr double kGather = 0.3, kLean = 0.2;

}  // namespace

Answer answer_to(int number, Study& study) {
  require(number >= 1 && number <= static_cast<int>(kAnswers.size()), "the homework has questions ",
          "1 to ", kAnswers.size(), ", and none of number ", number);
  return kAnswers[static_cast<std::size_t>(number - 1)](study);
}

Answer where_it_is_bright(const Study& study, std::size_t n, const Bright& bright,
                          const Tensor& map) {
  const double most = bright.ninths[bright.fullest];
  const Text place = place_text((static_cast<double>(bright.fullest % 3) + 0.5) / 3,
                                (static_cast<double>(bright.fullest / 3) + 0.5) / 3);
  const Text color = color_text(mean_color(study.photo(n).picture, bright.pixels));
  const double tenth = concentration(map);
  Text where = Text{"The brightest pixels lie all over the picture, most of them ",
                    "最亮的像素散布在整張圖片上，最多的是在"};
  if (most >= kGather)
    where = {"The brightest pixels gather ", "最亮的像素集中在"};
  else if (most >= kLean)
    where = {"The brightest pixels lie here and there, most of them ",
             "最亮的像素較為分散，最多的是在"};
  Answer answer;
  answer.text = where + place +
                Text{str(": ", percent(most),
                         " of them in that ninth (by chance 11 %), on parts "
                         "that are on average "),
                     str("：該九分之一的區域佔了 ", percent(most),
                         "（隨機的話是 11 %），這些部分的平均顏色是")} +
                color +
                Text{str(". A tenth of the pixels has ", percent(tenth), " of the whole map."),
                     str("。十分之一的像素佔了整張圖的 ", percent(tenth), "。")};
  answer.number = most;
  answer.shown = percent(most);
  answer.number_means = {"of the brightest pixels lie in one ninth of the picture",
                         "的最亮像素落在圖片的同一個九分之一區域"};
  answer.values = {{"photo", study.photo(n).number},
                   {"ninths", bright.ninths},
                   {"fullest_ninth", bright.fullest},
                   {"center", {bright.x, bright.y}},
                   {"spread", bright.spread},
                   {"elongation", bright.elongation},
                   {"color", color.en},
                   {"tenth_of_pixels_has", tenth},
                   {"outer_half_has", outer_share(map)}};
  return answer;
}

}  // namespace backlight::tools
