#include "xai/filter_activation.h"

#include <algorithm>

namespace backlight {

Tensor layer_activation(const Model& model, const Tensor& x, const std::string& layer) {
  const Recording recording({.names = {layer}});
  (void)model(x);
  const Tensor value = recording.value(layer).value().to(Device::cpu);
  require(value.rank() == 2 || value.rank() == 4, "the layer ", layer, " gives ", value.shape(),
          ", in which there are no filters; they are the last axis of [N,H,W,C] or [N,C]");
  return value.rank() == 4 ? value : value.reshape({value.dim(0), 1, 1, value.dim(1)});
}

FilterActivation filter_activation(const Tensor& activation, std::int64_t n, std::int64_t filter) {
  const std::int64_t filters = activation.dim(-1), places = activation.dim(1) * activation.dim(2);
  require(filter >= 0 && filter < filters, "there is no filter ", filter, " in a layer of ",
          filters);
  FilterActivation result;
  result.values = Tensor({activation.dim(1), activation.dim(2)}, activation.dtype());
  dispatch_floating(activation.dtype(), "filter_activation", [&](auto type) {
    using T = decltype(type);
    const T* from = activation.data<T>() + n * places * filters + filter;
    T* to = result.values.mutable_data<T>();
    for (std::int64_t i = 0; i < places; ++i) {
      to[i] = from[i * filters];
      result.sum += static_cast<double>(to[i]);
    }
    result.most = static_cast<double>(*std::max_element(to, to + places));
  });
  return result;
}

}  // namespace backlight
