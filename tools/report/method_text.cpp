#include "tools/report/method_text.h"

#include <array>

namespace backlight::tools {
namespace {

constexpr Paper saliency_paper = {"Simonyan, Vedaldi and Zisserman",
                                  "Deep inside convolutional networks", 2014,
                                  "https://arxiv.org/abs/1312.6034"};
constexpr Paper product_paper = {"Shrikumar, Greenside, Shcherbina and Kundaje",
                                 "Not just a black box", 2016, "https://arxiv.org/abs/1605.01713"};
constexpr Paper smoothgrad_paper = {"Smilkov, Thorat, Kim, Vi\u00E9gas and Wattenberg",
                                    "SmoothGrad: removing noise by adding noise", 2017,
                                    "https://arxiv.org/abs/1706.03825"};
constexpr Paper integrated_paper = {"Sundararajan, Taly and Yan",
                                    "Axiomatic attribution for deep networks", 2017,
                                    "https://arxiv.org/abs/1703.01365"};

constexpr const char* brighter_raises = "a brighter pixel would raise the score";
constexpr const char* brighter_lowers = "a brighter pixel would lower it";
constexpr const char* speaks_for = "the pixel speaks for the class";
constexpr const char* speaks_against = "it speaks against it";

struct Entry {
  const char* method;
  const char* variant;  // null: every variant without an entry of its own, which stands before
  MethodText text;
};

constexpr std::array entries = {
    Entry{"saliency",
          "notebook",
          {"How strongly the loss reacts to each pixel: the largest magnitude of its gradient "
           "over the three colours, stretched to run from 0 to 1.",
           "the loss reacts to the pixel", "", saliency_paper}},
    Entry{"saliency",
          nullptr,
          {"How the score of the class would change if a pixel were a little brighter: the "
           "gradient of the score with respect to the photo.",
           brighter_raises, brighter_lowers, saliency_paper}},
    Entry{"input-x-gradient",
          nullptr,
          {"Each pixel's gradient times its own value, so that black pixels count nothing: a "
           "first estimate of what each pixel adds to the score.",
           speaks_for, speaks_against, product_paper}},
    Entry{"smoothgrad",
          "notebook",
          {"The magnitude of the loss's gradient, averaged over many copies of the photo with "
           "random noise added: what stays is what does not depend on the noise.",
           "the loss reacts to the pixel", "", smoothgrad_paper}},
    Entry{"smoothgrad",
          nullptr,
          {"The gradient averaged over many copies of the photo with random noise added: what "
           "stays is what does not depend on the noise.",
           brighter_raises, brighter_lowers, smoothgrad_paper}},
    Entry{"integrated-gradients",
          "notebook",
          {"The gradient averaged over brighter and brighter versions of the photo, from black "
           "up to the photo itself.",
           brighter_raises, brighter_lowers, integrated_paper}},
    Entry{"integrated-gradients",
          nullptr,
          {"The gradient averaged on the way from a baseline picture to the photo, times what "
           "changed on the way: what each pixel adds to the score, and together the pixels add "
           "up to all of it.",
           speaks_for, speaks_against, integrated_paper}},
};

}  // namespace

const MethodText* method_text(const std::string& method, const std::string& variant) {
  for (const Entry& entry : entries)
    if (method == entry.method && (entry.variant == nullptr || variant == entry.variant))
      return &entry.text;
  return nullptr;
}

}  // namespace backlight::tools
