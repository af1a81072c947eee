// The rows of the table of methods, one a method.
#pragma once

#include "tools/methods.h"

namespace backlight::tools {

Method saliency_method();
Method input_x_gradient_method();
Method smoothgrad_method();
Method integrated_gradients_method();
Method lrp_method();

}  // namespace backlight::tools
