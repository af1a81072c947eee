// --check: is a map any good? Questions put to a finished map and to the network it explains.
#pragma once

#include "tools/methods.h"
#include "xai/metrics/removal.h"

namespace backlight::tools {

// The checks of one photo's maps. Each is passed, failed, or says nothing where the method does not
// promise what it asks or it would take too long. The limits are judgements, but for the first two.
//
//   deletion      area under the class's probability as pixels are blacked out, the map's largest
//                 first; passed if smaller than in each of kOrders random orders of 8 x 8 squares,
//                 which a map without meaning manages once in kOrders + 1 times. (Single pixels
//                 blacked out here and there confuse a network more than any map does.)
//   insertion     area as they are filled into the blurred photo; passed if larger than in each
//   infidelity    the share of what hiding a square does to the score that the map does not
//                 foretell, at its best scale; passed up to 1/2, where a map of zeros misses all
//   sensitivity   how far a map moves, relative to its size, under noise of 2 %; passed up to 1/2
//   randomisation rank correlation of the magnitudes with the map of the network after all its
//                 weights were drawn anew; passed up to 1/2 (Adebayo et al., 2018)
//   completeness  the sum against the rise of the score from the baseline, where a method promises
//                 that they are equal; passed up to 5 %
//   pointing      whether the largest value lies on the food, where that is known
//   agreement     with the other maps of the photo: which are most and least alike; never judged
//
// Pixels are ranked by value; in gradients, which say how and not how much, by magnitude.
// Definitions: xai/metrics/*.h.
class Trust {
 public:
  static constexpr std::int64_t kOrders = 5;

  // x: the photo [1,S,S,3] on the session's device.
  Trust(Session& session, const Tensor& x, const ExplainedPhoto& photo,
        const ExplainOptions& options, const Work& work);

  // Fills map.trust but for agreement, and adds to map.extra "deletion" and "insertion", float64
  // [3,steps + 1]: the share of pixels, the probability in the map's order, and its mean over the
  // random orders.
  void check(const Method& method, MapResult& map);

 private:
  // The curves of the random orders, for one of the two directions.
  struct ByChance {
    std::vector<double> mean, areas;
  };

  ByChance by_chance(Removal removal) const;
  TrustCheck removal(Removal removal, const Tensor& ranking, const ByChance& chance,
                     MapResult& map) const;
  TrustCheck foretelling(const Method& method, const MapResult& map) const;
  TrustCheck stability(const Method& method, const MapResult& map) const;
  TrustCheck randomisation(const Method& method, const MapResult& map) const;
  RemovalCurve curve(Removal removal, const Tensor& ranking) const;
  // The method's map of another photo or network, with what it draws drawn alike.
  Tensor rerun(const Method& method, const Model& model, const Tensor& x) const;
  bool takes_too_long(const Method& method) const;

  Session& session_;
  Model model_;
  Tensor x_, black_, blurred_;
  const ExplainedPhoto& photo_;
  ExplainOptions options_;
  Work work_;
  std::optional<ByChance> deletion_, insertion_;
};

// What the checks add to the passes of a map (Method::cost), and to those of a photo.
double passes_of_checks(const Method& method, const ExplainOptions& options, std::int64_t side);
double passes_of_random_orders();

// Adds to each map how much it agrees with the others, whatever an earlier run said of it.
void compare_with_others(const Image& photo, std::vector<MapResult>& maps);

}  // namespace backlight::tools
