#include "xai/metrics/randomised_food_cnn.h"

#include <memory>

#include "xai/food_cnn_model.h"

namespace backlight {

RandomisableModel randomisable(FoodCnn& network, std::uint64_t seed) {
  const auto drawn = std::make_shared<FoodCnn>(network.config());
  drawn->initialise(seed);
  const std::vector<NamedTensor> tensors = network.named_tensors();
  drawn->to(tensors.front().tensor->dtype());
  drawn->to(network.device());

  RandomisableModel result;
  std::vector<std::size_t> starts;  // of each layer, among the tensors
  for (std::size_t i = tensors.size(); i-- > 0;) {
    if (tensors[i].tensor->rank() < 2) continue;
    starts.push_back(i);
    result.layers.push_back(tensors[i].name.substr(0, tensors[i].name.rfind('.')));
  }
  result.randomised = [&network, drawn, starts](std::int64_t count) -> Model {
    const std::vector<NamedTensor> original = network.named_tensors();
    const std::vector<NamedTensor> random = drawn->named_tensors();
    const std::size_t first =
        count == 0 ? original.size() : starts.at(static_cast<std::size_t>(count) - 1);
    const auto mixed = std::make_shared<FoodCnn>(network.config());
    const std::vector<NamedTensor> tensors = mixed->named_tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i)
      *tensors[i].tensor = *(i < first ? original : random)[i].tensor;
    return model_of(mixed);
  };
  return result;
}

}  // namespace backlight
