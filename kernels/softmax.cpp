#include "kernels/softmax.h"

#include "kernels/backend.h"

namespace backlight::kernels {
namespace {

void check_rows(const char* op, const Tensor& x) {
  require(x.rank() >= 1 && x.dim(-1) >= 1, op, " of a tensor of shape ", x.shape());
}

void check_index(const char* op, const Tensor& index, std::int64_t rows, std::int64_t classes) {
  require(index.rank() == 1 && index.dim(0) == rows && index.dtype() == DType::i64, op,
          " wants one int64 index a row, not ", name_of(index.dtype()), " of ", index.shape());
  if (index.device() != Device::cpu) return;  // to look at it would stop the GPU
  for (std::int64_t n = 0; n < rows; ++n) {
    const std::int64_t i = index.data<std::int64_t>()[n];
    require(i >= 0 && i < classes, op, ": class ", i, " of ", classes, " does not exist");
  }
}

}  // namespace

Tensor softmax(const Tensor& x) {
  check_rows("softmax", x);
  return backend_of(x).softmax(x);
}

Tensor log_softmax(const Tensor& x) {
  check_rows("log_softmax", x);
  return backend_of(x).log_softmax(x);
}

Tensor pick(const Tensor& x, const Tensor& index) {
  require(x.rank() == 2, "pick wants [N,C], not ", x.shape());
  check_index("pick", index, x.dim(0), x.dim(1));
  return backend_of(x).pick(x, index.to(x.device()));
}

Tensor place(const Tensor& g, const Tensor& index, std::int64_t classes) {
  require(g.rank() == 1, "place wants [N], not ", g.shape());
  check_index("place", index, g.dim(0), classes);
  return backend_of(g).place(g, index.to(g.device()), classes);
}

}  // namespace backlight::kernels
