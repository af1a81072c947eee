#include "kernels/batch_norm.h"

#include <cmath>

#include "autograd/ops.h"
#include "autograd/recording.h"
#include "kernels/elementwise.h"

namespace backlight {
namespace {

struct BatchNormOp final : Op {
  Var input;  // kept for gamma's gradient only
  Var gamma;
  Tensor mean, variance, inverse_deviation;
  double epsilon = 0;
  Shape channels;

  OpKind kind() const override { return OpKind::batch_norm; }

  std::vector<Var> vjp(const VjpContext& context, const Var& g) const override {
    std::vector<Var> cotangents(3);
    if (context.wants(0)) cotangents[0] = multiply(g, multiply(gamma, inverse_deviation));
    if (context.wants(1))
      cotangents[1] =
          sum_to(multiply(g, multiply(subtract(input, mean), inverse_deviation)), channels);
    if (context.wants(2)) cotangents[2] = sum_to(g, channels);
    return cotangents;
  }

  Var again(const std::vector<Var>& inputs) const override {
    return batch_norm(inputs[0], mean, variance, inputs[1], inputs[2], epsilon);
  }
};

// Training without gradients of gradients: one fused kernel each way.
struct BatchNormTrainingOp final : Op {
  Tensor input, gamma;
  kernels::ChannelMoments moments;
  double epsilon = 0;

  OpKind kind() const override { return OpKind::batch_norm; }

  std::vector<Var> vjp(const VjpContext&, const Var& g) const override {
    auto gradients = kernels::batch_norm_gradients(input, moments, gamma, epsilon, g.value());
    return {gradients.x, gradients.gamma, gradients.beta};
  }

  Var again(const std::vector<Var>&) const override {
    fail(
        "a rule wants the batch norm by itself, but in training it depends on its whole batch; "
        "put the model into evaluation mode");
  }
};

// The definition, from ops that can be differentiated any number of times.
Var composed(const Var& x, const Var& gamma, const Var& beta, double epsilon) {
  const Shape channels{x.dim(-1)};
  const double count = static_cast<double>(x.value().numel() / x.dim(-1));
  const Var mean = affine(sum_to(x, channels), 1 / count, 0);
  const Var centred = subtract(x, mean);
  const Var variance = affine(sum_to(multiply(centred, centred), channels), 1 / count, 0);
  const Var normalised = multiply(centred, power(affine(variance, 1, epsilon), -0.5));
  return add(multiply(normalised, gamma), beta);
}

}  // namespace

Var batch_norm(const Var& x, const Tensor& mean, const Tensor& variance, const Var& gamma,
               const Var& beta, double epsilon) {
  auto node = std::make_unique<BatchNormOp>();
  if (gamma.tracked()) node->input = x;
  node->gamma = gamma;
  node->mean = mean;
  node->variance = variance;
  node->epsilon = epsilon;
  node->inverse_deviation = kernels::power(kernels::affine(variance, 1, epsilon), -0.5);
  node->channels = gamma.shape();
  return record(
      std::move(node), {x, gamma, beta},
      kernels::batch_norm(x.value(), {mean, variance}, gamma.value(), beta.value(), epsilon));
}

BatchNormResult batch_norm_training(const Var& x, const Var& gamma, const Var& beta,
                                    double epsilon) {
  const kernels::ChannelMoments moments = kernels::channel_moments(x.value());
  const Recording* const recording = Recording::current();
  if (recording && recording->options().create_graph)
    return {composed(x, gamma, beta, epsilon), moments.mean, moments.variance};
  auto node = std::make_unique<BatchNormTrainingOp>();
  node->input = x.value();
  node->gamma = gamma.value();
  node->moments = moments;
  node->epsilon = epsilon;
  const Tensor y = kernels::batch_norm(x.value(), moments, gamma.value(), beta.value(), epsilon);
  return {record(std::move(node), {x, gamma, beta}, y), moments.mean, moments.variance};
}

}  // namespace backlight
