// Runs the C++ of README.md, which the build puts into readme_example.inc: the map must be
// complete.
#include "readme_example.inc"

#include <cmath>
#include <cstdio>

int main() {
  const Tensor x = Tensor::from<double>({0.3, -0.7, 1.1}, {3});
  const double sum = backlight::sum(integrated_gradients(x, 400)).value().item();
  const double rise = backlight::sum(network(x)).value().item() -
                      backlight::sum(network(Tensor::zeros({3}, DType::f64))).value().item();
  std::printf("the map sums to %.9f, the network rises by %.9f\n", sum, rise);
  return !(std::abs(sum - rise) <= 1e-5 && std::abs(rise) > 0.1);
}
