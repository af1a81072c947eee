// Batch normalisation over the channels (the last axis) of [N,H,W,C] or [N,C].
// Source: Ioffe and Szegedy, "Batch normalization", ICML 2015, algorithm 1.
#pragma once

#include "tensor/tensor.h"

namespace backlight::kernels {

// What a channel looks like across the batch.
struct ChannelMoments {
  Tensor mean;      // [C]
  Tensor variance;  // [C], divided by the number of elements (biased)
};
ChannelMoments channel_moments(const Tensor& x);

// y = gamma (x - mean) / sqrt(variance + epsilon) + beta, per channel.
Tensor batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                  const Tensor& beta, double epsilon);

// Gradients of batch_norm when the moments are those of x itself:
// with x^ = (x - mean)/sqrt(variance + epsilon), m elements a channel,
// dbeta = sum g, dgamma = sum g x^,
// dx = gamma/sqrt(variance + epsilon) (g - dbeta/m - x^ dgamma/m)
struct BatchNormGradients {
  Tensor x, gamma, beta;
};
BatchNormGradients batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                        const Tensor& gamma, double epsilon, const Tensor& g);

}  // namespace backlight::kernels
