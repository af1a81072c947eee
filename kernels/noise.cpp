#include "kernels/noise.h"

#include "kernels/backend.h"

namespace backlight::kernels {

Tensor add_noise(const Tensor& x, double sigma, std::uint64_t seed, std::uint64_t first_sample,
                 std::int64_t count) {
  require(x.rank() >= 1 && x.dim(0) == 1, "add_noise wants one input, not ", x.shape());
  return backend_of(x).add_noise(x, sigma, seed, first_sample, count);
}

Tensor dropout_mask(const Shape& shape, double p, std::uint64_t seed, std::uint64_t stream,
                    DType dtype, Device device) {
  require(p >= 0 && p < 1, "dropout wants a probability in [0, 1), not ", p);
  return backend_of(device).dropout_mask(shape, p, seed, stream, dtype);
}

}  // namespace backlight::kernels
