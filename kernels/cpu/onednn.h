// Convolutions of one image by oneDNN: which of its kernels, in which formats, with weights packed
// once. Used by conv2d.cpp alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "kernels/conv2d.h"

namespace backlight::kernels::onednn {

// A convolution of one [1,H,W,I] image with stride and zero padding, all that oneDNN needs to know
// to choose a kernel. `after` is the padding below and to the right.
struct Problem {
  std::int64_t height, width, channels_in, channels_out, kernel_h, kernel_w, stride;
  std::int64_t before, after;
  bool bias, relu;

  std::int64_t output_height() const { return (height + before + after - kernel_h) / stride + 1; }
  std::int64_t output_width() const { return (width + before + after - kernel_w) / stride + 1; }
  std::string key() const;
};

// Which gradient, if any: the data gradient of a convolution is a convolution with the weights
// turned by 180 degrees and their channels exchanged.
enum class WeightUse : std::uint8_t { as_is, turned };

using VisitImage = std::function<void(std::int64_t n, const Tensor& y)>;

// A convolution ready to run. Thread-safe.
class Convolution {
 public:
  virtual ~Convolution() = default;
  virtual std::string implementation() const = 0;
  // The layout it wants its input in, and that it leaves its output in.
  virtual Layout input_layout() const = 0;
  virtual Layout output_layout() const = 0;
  // y[0..N) = convolution of x[0..N), an image a thread. `weight` is [O,KH,KW,I] of the forward
  // convolution; `bias` may be undefined.
  virtual Tensor run(const Tensor& x, const Tensor& weight, const Tensor& bias) const = 0;
  // The same, but calls visit(n, y_n) on the thread that computed image n, [1,P,Q,O], and forgets
  // it then.
  virtual void run_each(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const VisitImage& visit) const = 0;
};

// The convolution for this problem, from a cache; null where oneDNN has none but its slow
// reference, or is missing.
std::shared_ptr<const Convolution> find_convolution(const Problem& problem, WeightUse use);

// The weight gradient over the whole batch; an undefined tensor where oneDNN cannot.
Tensor weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                       Conv2dGeometry geometry);

// Whether the program was built with oneDNN.
bool available();

// C = A op(B), C [m,n] and A [m,k], all row-major with the given leading dimensions. Errors: the
// program was built without oneDNN.
void sgemm(bool transpose_b, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
           std::int64_t lda, const float* b, std::int64_t ldb, float* c, std::int64_t ldc);

}  // namespace backlight::kernels::onednn
