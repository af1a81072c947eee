// Filter activation: where and how strongly a filter of a layer answers to a picture.
#pragma once

#include <string>

#include "xai/model.h"

namespace backlight {

// What the layer `layer` makes of each picture of x [N,H,W,C], on the processor: [N,P,Q,K] of a
// layer of K filters, [N,1,1,K] of a fully connected one of K units. Any layer with a name will do:
// a convolution, a batch norm, a ReLU, a pooling. Errors: nothing of that name ran; an output that
// is neither [N,P,Q,K] nor [N,K].
Tensor layer_activation(const Model& model, const Tensor& x, const std::string& layer);

struct FilterActivation {
  Tensor values;    // [P,Q]: of one filter in one picture
  double sum = 0;   // over its places, in float64
  double most = 0;  // the largest of them
};

// The map of a filter in picture n of a layer_activation. Errors: there is no such filter.
FilterActivation filter_activation(const Tensor& activation, std::int64_t n, std::int64_t filter);

}  // namespace backlight
