// The rows of the table of methods, one a method.
#pragma once

#include "tools/methods.h"

namespace backlight::tools {

Method saliency_method();
Method input_x_gradient_method();
Method smoothgrad_method();
Method integrated_gradients_method();
Method guided_backprop_method();
Method deconvolution_method();
Method grad_cam_method();
Method guided_grad_cam_method();
Method deeplift_method();
Method deepshap_method();

}  // namespace backlight::tools
