// What the rows of the table of methods share.
#pragma once

#include <string>

#include "tools/methods.h"

namespace backlight::tools {

// What most maps mean.
inline constexpr const char* kBrighterRaises = "a brighter pixel would raise the score";
inline constexpr const char* kBrighterLowers = "a brighter pixel would lower it";
inline constexpr const char* kSpeaksFor = "the pixel speaks for the class";
inline constexpr const char* kSpeaksAgainst = "it speaks against it";

// A number in as few characters as say it to `digits` digits, and a share as "12 %".
std::string short_number(double value, int digits = 3);
std::string short_percent(double share);

// [1,H,W,C] as [H,W,C]; anything else as it is.
Tensor without_batch(const Tensor& values);

bool is_notebook(const MethodRequest& request);

// What is explained: what --of says, or else `usual`.
Of explained_score(const MethodRequest& request, Of usual = Of::logit);
Objective objective_of(const MethodRequest& request, Of usual = Of::logit);
// "logit", "probability" or "loss", for settings.
std::string name_of_score(const MethodRequest& request, Of usual = Of::logit);

// On a processor, how much of a whole pass one takes in which `changed` pixels a side of a photo's
// `side` differ from the photo (xai/local_passes.h): measured as if the windows were 48 pixels
// wider than the change.
double share_of_pass(double changed, double side);

// A baseline for a photo: black, white, the photo's mean colour, or a picture resized to fit.
// Errors: as read_image.
Tensor baseline_for(const std::string& name, const Tensor& x);

}  // namespace backlight::tools
