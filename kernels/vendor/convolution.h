// A convolution as cuDNN runs it: the operation described, the engines it may run on, and the one
// that is fastest on this GPU.
#pragma once

#include <memory>
#include <vector>

#include "kernels/conv2d.h"
#include "kernels/precision.h"
#include "kernels/vendor/cudnn.h"

namespace backlight::kernels::vendor {

enum class Direction : std::uint8_t { forward, data_gradient, weight_gradient };

// What is computed, on NHWC tensors:
//   forward          y = relu(conv2d(x, w) + bias), each of the two only if asked for
//   data_gradient    gx from g and w
//   weight_gradient  gw from x and g
// In fp32 and tf32 all tensors are float; in bf16 the factors are bfloat16, and the result float or
// with `bf16_result` bfloat16. Sums are float. A bias is float.
struct ConvolutionProblem {
  Direction direction = Direction::forward;
  Shape x, weight;  // [N,H,W,I] and [O,KH,KW,I]
  Conv2dGeometry geometry;
  Precision precision = Precision::fp32;
  bool bf16_result = false;
  bool bias = false, relu = false;

  Shape y() const;
  std::string name() const;  // "conv2d of [32, 8, 8, 512] and [512, 3, 3, 512] in tf32", say
};

// The operands on the GPU, in the order of the formulas above; 16-byte aligned.
struct ConvolutionOperands {
  const void* first = nullptr;
  const void* second = nullptr;
  void* result = nullptr;
  const void* bias = nullptr;
};

// A convolution planned for one of cuDNN's engines.
class ConvolutionPlan {
 public:
  ConvolutionPlan(Direction direction, std::shared_ptr<const void> graph, Descriptor plan,
                  std::int64_t engine);

  std::int64_t engine() const { return engine_; }  // cuDNN's number for it
  std::int64_t workspace_bytes() const { return workspace_bytes_; }
  // Starts it on the handle's stream. Errors: cuDNN's.
  void run(cudnnHandle_t handle, const ConvolutionOperands& operands, void* workspace) const;

 private:
  Direction direction_;
  std::shared_ptr<const void> graph_;  // the plan refers to it
  Descriptor plan_;
  std::int64_t engine_, workspace_bytes_;
};

// The plans that cuDNN offers for a GPU (a CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR; the GPU itself is
// not needed), the one it expects to be fastest first, at most `limit`. Engines that round float
// factors are left out in fp32, and in all precisions those that convert to a coarser type or whose
// results change from run to run. Empty if there is none.
std::vector<ConvolutionPlan> convolution_plans(const ConvolutionProblem& problem,
                                               const Descriptor& gpu, std::size_t limit);

}  // namespace backlight::kernels::vendor
