// What a device computes: one function an op, behind the headers of this room. The functions of
// those headers check their arguments and then call the backend of the tensors' device, so that a
// backend may take shapes, dtypes and devices to be right.
#pragma once

#include <functional>
#include <memory>

#include "kernels/activation.h"
#include "kernels/batch_norm.h"
#include "kernels/conv2d.h"
#include "kernels/elementwise.h"
#include "kernels/gradient_sums.h"
#include "kernels/multipliers.h"
#include "kernels/optimiser.h"
#include "kernels/pooling.h"
#include "kernels/profile.h"
#include "kernels/sampling.h"
#include "kernels/windows.h"

namespace backlight::kernels {

class Backend {
 public:
  virtual ~Backend() = default;

  // conv2d.h
  virtual Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias,
                        Conv2dGeometry geometry, Activation activation) const = 0;
  virtual BlockOutput conv2d_block(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                   Conv2dGeometry geometry, const PoolGeometry* pool,
                                   bool keep) const = 0;
  virtual Tensor conv2d_data_gradient(const Tensor& g, const Tensor& weight,
                                      const Shape& input_shape, Conv2dGeometry geometry,
                                      const PositiveMask* mask) const = 0;
  virtual Tensor conv2d_weight_gradient(const Tensor& x, const Tensor& g, const Shape& weight_shape,
                                        Conv2dGeometry geometry) const = 0;
  virtual std::string conv2d_implementation(const Shape& input_shape, const Shape& weight_shape,
                                            Conv2dGeometry geometry) const = 0;

  // gemm.h
  virtual Tensor gemm(const Tensor& a, bool transpose_a, const Tensor& b,
                      bool transpose_b) const = 0;

  // activation.h
  virtual Tensor relu(const Tensor& x) const = 0;
  virtual PositiveMask positive_mask(const Tensor& x) const = 0;
  virtual Tensor apply_mask(const Tensor& g, const PositiveMask& mask) const = 0;
  virtual PositiveMask complement(const PositiveMask& mask) const = 0;
  virtual Tensor prelu(const Tensor& x, const Tensor& slope) const = 0;
  virtual Tensor prelu_gradient(const Tensor& g, const PositiveMask& mask,
                                const Tensor& slope) const = 0;

  // batch_norm.h
  virtual ChannelMoments channel_moments(const Tensor& x) const = 0;
  virtual Tensor batch_norm(const Tensor& x, const ChannelMoments& moments, const Tensor& gamma,
                            const Tensor& beta, double epsilon) const = 0;
  virtual BatchNormGradients batch_norm_gradients(const Tensor& x, const ChannelMoments& moments,
                                                  const Tensor& gamma, double epsilon,
                                                  const Tensor& g) const = 0;

  // elementwise.h
  virtual Tensor unary(Unary f, const Tensor& x) const = 0;
  virtual Tensor binary(Binary op, const Tensor& a, const Tensor& b) const = 0;
  virtual Tensor affine(const Tensor& x, double scale, double shift) const = 0;
  virtual Tensor power(const Tensor& x, double p) const = 0;
  virtual Tensor broadcast_to(const Tensor& x, const Shape& shape) const = 0;
  virtual Tensor sum_to(const Tensor& x, const Shape& shape) const = 0;

  // pooling.h
  virtual Tensor max_pool2d(const Tensor& x, PoolGeometry geometry, PoolIndex* index,
                            bool after_relu) const = 0;
  virtual Tensor unpool2d(const Tensor& g, const PoolIndex& index) const = 0;
  virtual Tensor pick_pooled(const Tensor& x, const PoolIndex& index) const = 0;

  // multipliers.h
  virtual Tensor relu_multipliers(const Tensor& g, const Tensor& x, double threshold) const = 0;
  virtual PoolMultipliers max_pool2d_multipliers(const Tensor& g, const Tensor& x,
                                                 const PoolIndex& index, double threshold,
                                                 double at_ties) const = 0;

  // sampling.h
  virtual Tensor sample_affine(const Tensor& x, const AffineMap& map, std::int64_t height,
                               std::int64_t width) const = 0;
  virtual Tensor sample_affine_gradient(const Tensor& g, const AffineMap& map,
                                        const Shape& input_shape) const = 0;

  // windows.h
  virtual Tensor windows_with_patches(const Tensor& picture, const Tensor& patches,
                                      const std::vector<WindowPlace>& places, std::int64_t height,
                                      std::int64_t width) const = 0;

  // softmax.h; an index is int64 and on the device of x
  virtual Tensor softmax(const Tensor& x) const = 0;
  virtual Tensor log_softmax(const Tensor& x) const = 0;
  virtual Tensor pick(const Tensor& x, const Tensor& index) const = 0;
  virtual Tensor place(const Tensor& g, const Tensor& index, std::int64_t classes) const = 0;

  // noise.h
  virtual Tensor add_noise(const Tensor& x, double sigma, std::uint64_t seed,
                           std::uint64_t first_sample, std::int64_t count) const = 0;
  virtual Tensor dropout_mask(const Shape& shape, double p, std::uint64_t seed,
                              std::uint64_t stream, DType dtype) const = 0;

  // gradient_sums.h
  virtual void add_gradients(const Tensor& g, const std::vector<double>& weights, bool magnitude,
                             GradientSums& sums) const = 0;

  // optimiser.h
  virtual void adam_update(Tensor& parameter, Tensor& m, Tensor& v, const Tensor& g,
                           const AdamCoefficients& c) const = 0;
};

// Launches that were recorded instead of started; see repeated_work.h.
class RecordedLaunches {
 public:
  virtual ~RecordedLaunches() = default;
  virtual void replay() = 0;
};

// A GPU, real or simulated: what kernels/device.h asks of it.
class GpuDevice {
 public:
  virtual ~GpuDevice() = default;
  virtual std::string why_unavailable() const = 0;
  virtual std::string description() const = 0;
  virtual std::int64_t free_memory() const = 0;
  virtual void synchronize() const = 0;
  // Calls work() and records what it launches. Errors: work copies between the processor and the
  // GPU, or throws.
  virtual std::unique_ptr<RecordedLaunches> record(const std::function<void()>& work) const = 0;
  virtual DeviceMemory& memory() const = 0;
  virtual const Backend& backend() const = 0;
  virtual DeviceProfiler& profiler() const = 0;
};

// Null for the processor. Errors: the device is not there.
const GpuDevice* gpu_of(Device device);

// Makes the kernels of a device usable; `backend` must live as long as the program. The processor's
// are there from the start.
void register_backend(Device device, const Backend& backend);

// Errors: no backend was registered for the device.
const Backend& backend_of(Device device);
inline const Backend& backend_of(const Tensor& x) { return backend_of(x.device()); }

// Errors: the tensors do not all live on the first one's device; `op` names who wanted to compute.
void require_same_device(const char* op, std::initializer_list<const Tensor*> tensors);

}  // namespace backlight::kernels
