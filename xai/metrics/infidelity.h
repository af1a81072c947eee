// Infidelity: does the map foretell how the score changes when the input does?
#pragma once

#include <functional>

#include "xai/model.h"

namespace backlight {

// Changed inputs, and the change the map is to foretell.
struct Perturbed {
  Tensor inputs;  // [count,H,W,C] on the device of x: x - I
  // [count,...] with the shape of one map, on the processor: what each of its values is
  // multiplied with. For a gradient that is I; for a map of contributions, which has been
  // multiplied with x - baseline already, the share of each value that was taken away.
  Tensor changes;
};

// The perturbations [first, first + count).
using Perturbations = std::function<Perturbed(std::int64_t first, std::int64_t count)>;

// I = sigma e with e[i] = Philox(seed, k).normal(i), for gradients: maps of the shape of x.
Perturbations noise_perturbations(const Tensor& x, double sigma, std::uint64_t seed);

// What a map says of a pixel.
enum class MapKind : std::uint8_t {
  gradient,      // by how much the score changes with it
  contribution,  // what it adds to the score
};

// A square of side x side pixels at baseline, anywhere in the picture: its top and left edge are
// below(H - side + 1) and below(W - side + 1) of Random(seed, k). For maps of the pixels of x,
// `map_shape` [H,W], [H,W,C] or [1,H,W,C]; a gradient must have channels.
// Errors: a side that does not fit; a map that does not.
Perturbations square_perturbations(const Tensor& x, const Tensor& baseline, std::int64_t side,
                                   MapKind kind, const Shape& map_shape, std::uint64_t seed);

struct Infidelity {
  double value = 0;   // the paper's
  double scaled = 0;  // of the map times beta, the factor that makes it least
  double beta = 0;    // 0 where the map foretells no change at all
  // mean (f(x) - f(x - I))^2: the infidelity of a map of zeros. `scaled` lies between 0 and it.
  double of_zeros = 0;
};

// mean_k (sum_i I_i phi_i - (f(x) - f(x - I)))^2 over `count` perturbations; the lower, the better.
// The unit of a map is free in most methods (a mean of magnitudes, a map scaled to [0, 1]), so that
// `scaled` / `of_zeros` is the figure to compare methods by: the share that is not foretold.
// Errors: changes that do not fit the map.
// Source: Yeh, Hsieh, Suggala, Inouye and Ravikumar, "On the (in)fidelity and sensitivity of
// explanations", NeurIPS 2019, definition 2.1; beta is that of the authors' program.
Infidelity infidelity(const Model& model, const Tensor& x, const Tensor& map,
                      const Objective& objective, const Perturbations& perturbations,
                      std::int64_t count = 10, const Work& work = {});

}  // namespace backlight
