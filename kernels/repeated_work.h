// Work that is done again and again with other numbers: on a GPU, its launches are recorded once
// and then started all together (a CUDA graph).
#pragma once

#include <functional>
#include <memory>

#include "tensor/tensor.h"

namespace backlight::kernels {

// y = f(x), where f always does the same launches for one shape of x and copies nothing between the
// processor and the GPU.
class RepeatedWork {
 public:
  explicit RepeatedWork(std::function<Tensor(const Tensor& x)> f);
  ~RepeatedWork();

  // The first call for a shape computes f; the second records it as well (by then, whatever f
  // prepares once is there); later ones replay. The result is good until the next call. On the
  // processor, every call computes f.
  Tensor operator()(const Tensor& x);

 private:
  struct Recorded;
  std::function<Tensor(const Tensor& x)> f_;
  Shape shape_;  // of the last call
  std::unique_ptr<Recorded> recorded_;
};

}  // namespace backlight::kernels
