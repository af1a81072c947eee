// Networks of plain loops over float64 vectors, two inputs at a time: what the methods that are
// rules are compared with.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace backlight::testing {

// A value for the input and for the baseline, [height][width][channels], and what has come back to
// it: multipliers, or whatever the rule of the rectifiers makes of a gradient.
struct NaiveValue {
  int height = 1, width = 1, channels = 1;
  std::vector<double> x, b, back;

  NaiveValue(int h, int w, int c)
      : height(h), width(w), channels(c), x(size()), b(size()), back(size()) {}
  std::size_t size() const { return static_cast<std::size_t>(height * width * channels); }
  std::size_t at(int i, int j, int c) const {
    return static_cast<std::size_t>((i * width + j) * channels + c);
  }
};
using Naive = std::shared_ptr<NaiveValue>;

// What a function y of one number passes back: g is the signal, (x, y(x)) and (b, y(b)) the ends.
using NaiveRule = std::function<double(double g, double x, double yx, double b, double yb)>;

// g (y(x) - y(b)) / (x - b), and g times `slope` at b where x = b.
NaiveRule rescale_with(std::function<double(double b)> slope);

// Runs forwards as it is written and then backwards, each op after all that use it.
class NaiveNetwork {
 public:
  explicit NaiveNetwork(NaiveRule relu_rule) : relu_rule_(std::move(relu_rule)) {}

  // The input, from a picture [1,H,W,C] and a baseline.
  Naive input(const Tensor& x, const Tensor& baseline);
  // Weights [O,KH,KW,I] and biases [O] or undefined.
  Naive conv(const Naive& in, const Tensor& weight, const Tensor& bias, int stride, int padding);
  Naive batch_norm(const Naive& in, const Tensor& mean, const Tensor& variance, const Tensor& gamma,
                   const Tensor& beta);
  Naive relu(const Naive& in);
  Naive function(const Naive& in, const std::function<double(double)>& f, const NaiveRule& rule);
  Naive sigmoid(const Naive& in);
  // The conserving rule of max pooling.
  Naive max_pool(const Naive& in, int window, int stride);
  // Weights [O,I] of the values in their order.
  Naive linear(const Naive& in, const Tensor& weight, const Tensor& bias);
  Naive add(const Naive& u, const Naive& v);
  Naive multiply(const Naive& u, const Naive& v);

  // Sends 1 back from one value of the output; what arrives at `to`, as [1,H,W,C].
  Tensor back(const Naive& output, int target, const Naive& to);

 private:
  NaiveRule relu_rule_;
  std::vector<std::function<void()>> tape_;
};

}  // namespace backlight::testing
