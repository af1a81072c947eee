// The parameter-randomisation test: does the map depend on what the network has learned?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "xai/metrics/agreement.h"
#include "xai/model.h"

namespace backlight {

// A map of a model; the input and the method are whoever asks' matter.
using ExplainModel = std::function<Tensor(const Model& model)>;

// A network whose layers can lose what they have learned.
struct RandomisableModel {
  std::vector<std::string> layers;  // those with parameters, from the output to the input
  // The model in which the first `count` of them have drawn their parameters anew. A layer's new
  // parameters must not depend on `count`. 0: the model as it is. Good until the next call.
  std::function<Model(std::int64_t count)> randomised;
};

// How like the original map is that of the network without what the layers up to this one knew.
struct RandomisationStep {
  std::string layer;
  double rank_correlation = 0;            // of the values
  double magnitude_rank_correlation = 0;  // of their magnitudes
};

// The cascade: layer after layer from the output on loses its parameters, and the map is compared
// with the original. A map that explains the network loses its likeness; one that stays (guided
// backpropagation does) shows the picture's edges, not what the network makes of them.
// Errors: no layer; explain's.
// Source: Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, "Sanity checks for saliency maps",
// NeurIPS 2018, section 3.1.
std::vector<RandomisationStep> randomisation_cascade(const RandomisableModel& model,
                                                     const ExplainModel& explain);

}  // namespace backlight
