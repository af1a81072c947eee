// Feature visualisation: the picture that a filter of a layer answers to most strongly.
#pragma once

#include <string>
#include <vector>

#include "xai/model.h"
#include "xai/random_windows.h"

namespace backlight {

// Steps of Adam up the gradient of the filter's activation, summed over its places.
//
// Paper: a step moves the numbers of a FourierPicture, so that a picture grows as photographs are
// made. The network sees it moved, turned and scaled at random, so that what a filter wants
// survives and a texture that fits one place does not. The gradient with respect to the picture is
// divided by its root mean square, so that steps and penalties weigh alike for every filter. While
// that gradient is zero everywhere, for the filter is behind ReLUs that are all closed, each closed
// ReLU hands back the positive part of its cotangent, so that what would open it grows (Lucid's
// redirected ReLU).
// Source: Olah, Mordvintsev and Schubert, "Feature visualization", Distill 2017.
//
// Notebook: a step moves the pixels themselves, which may leave [0, 1], and the network sees them
// as they are. Its steps are 100 and its learning rate is 0.1.
struct VisualisationOptions {
  Variant variant = Variant::paper;
  std::int64_t steps = 256;
  double learning_rate = 0.05;
  std::uint64_t seed = 0;  // of the noise to start from, and of what each step draws
  WindowSpread spread{.jitter = 8, .rotate = 10, .scale = 0.1};  // paper only
  // Paper only: weights, beside a pull whose root mean square is 1 a pixel, of the total variation
  // (sum over neighbours of |difference|) and of sum (picture - 1/2)^2, which are kept small.
  double total_variation = 0, l2 = 0;
};

// What to visualise: a filter, and the picture [1,H,W,3] to start from. Undefined: noise, for the
// paper nearly grey, for the notebook white (uniform in [0, 1]).
struct VisualisationGoal {
  std::int64_t filter = 0;
  Tensor start = {};
};

// The pictures that a model takes: [1,H,W,3].
struct PictureFormat {
  Shape shape;
  DType dtype = DType::f32;
  Device device = Device::cpu;
};

struct Visualisation {
  Tensor picture;        // [H,W,3], on the processor
  double start_sum = 0;  // of the filter's activation in the picture it started from
  double sum = 0;        // and in this one
};

// A picture for each goal, work.batch of them at a time; progress counts steps. A picture has the
// same bytes whatever is visualised beside it. Errors: those of layer_activation,
// filter_activation and RandomWindows; no steps; a rate or a penalty that makes no sense.
std::vector<Visualisation> visualise_filters(const Model& model, const std::string& layer,
                                             const std::vector<VisualisationGoal>& goals,
                                             const PictureFormat& format,
                                             const VisualisationOptions& options,
                                             const Work& work = {});

}  // namespace backlight
