// The rows of the table of methods, one a method.
#pragma once

#include "tools/methods.h"

namespace backlight::tools {

Method saliency_method();
Method input_x_gradient_method();
Method smoothgrad_method();
Method integrated_gradients_method();
Method occlusion_method();
Method rise_method();
Method gradient_shap_method();
Method feature_ablation_method();
Method kernel_shap_method();
Method shapley_sampling_method();
Method lime_method();
Method guided_backprop_method();
Method deconvolution_method();
Method grad_cam_method();
Method guided_grad_cam_method();
Method deeplift_method();
Method deepshap_method();
Method lrp_method();

}  // namespace backlight::tools
