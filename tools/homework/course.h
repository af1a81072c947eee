// The course's questions about photos, and the answers and figures it published for its own weights
// and photos: data that stands beside what is computed and never enters it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "tools/homework/text.h"

namespace backlight::tools {

struct CourseQuestion {
  int number;
  Text topic;      // the method it belongs to
  Text question;   // what to observe
  Text published;  // what the course's answer says of the original weights and photos
};

// The twenty in the course's order.
const std::vector<CourseQuestion>& course_questions();

// Published for the course's ten photos, in their order.
inline constexpr std::array kPublishedLogits{10.331, 19.787, 7.808,  9.024,  12.216,
                                             12.389, 22.948, 11.446, 13.004, 14.110};
inline constexpr std::array kPublishedSegments{107, 141, 151, 101, 66, 120, 108, 94, 128, 109};
// The sums of the activation of filter 0 of cnn.6.
inline constexpr std::array kPublishedFilterSums{-31896, -44248, -47659, -24998, -45768,
                                                 -27898, -31637, -43263, -24900, -33663};
// Of Integrated Gradients of the first photo, from black: what the target's logit rises by, and
// what the map times the photo sums to.
inline constexpr double kPublishedRise = 17.911;
inline constexpr double kPublishedLeft10 = 19.12;
inline constexpr double kPublishedMidpoint50 = 18.141;
inline constexpr double kPublishedMidpoint200 = 17.851;

}  // namespace backlight::tools
