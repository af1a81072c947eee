# The GPU back ends of the kernels room. kernels/cuda/*.cu is compiled twice: by nvcc, where it is
# found, for real GPUs; and by the host compiler, where Boost.Context is found, for the simulator.

option(BACKLIGHT_CUDA "Build the CUDA kernels for real GPUs where nvcc is found" ON)
set(BACKLIGHT_CUDA_ARCHITECTURES "80;90a" CACHE STRING "GPUs to compile for")

file(GLOB gpu_kernels CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/*.cu
  ${CMAKE_SOURCE_DIR}/kernels/cuda/*/*.cu)
# What is one device's alone begins with its name.
file(GLOB cuda_only CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/cuda_*.cu)
file(GLOB sim_only CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/kernels/cuda/sim_*.cpp)
list(REMOVE_ITEM gpu_kernels ${cuda_only})

if(BACKLIGHT_CUDA)
  # CMake looks in PATH, where the toolkit's installer puts nothing.
  find_program(NVCC nvcc PATHS /usr/local/cuda/bin /opt/cuda/bin)
  if(NVCC AND NOT DEFINED ENV{CUDACXX})
    set(ENV{CUDACXX} ${NVCC})
  endif()
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_ARCHITECTURES ${BACKLIGHT_CUDA_ARCHITECTURES})
    enable_language(CUDA)
    # CMake 3.25 does not know how to ask nvcc 13 for C++20.
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
    set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
    if(CCACHE)
      set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
    endif()
    add_library(backlight_cuda OBJECT ${gpu_kernels} ${cuda_only})
    target_link_libraries(backlight_cuda PRIVATE backlight_options)
    target_compile_options(backlight_cuda PRIVATE $<$<BOOL:${BACKLIGHT_WERROR}>:-Werror=all-warnings>)
    backlight_keep_registers(backlight_cuda)
    target_sources(backlight_kernels PRIVATE $<TARGET_OBJECTS:backlight_cuda>)
    target_compile_definitions(backlight_kernels PRIVATE BACKLIGHT_HAS_CUDA)
  else()
    message(STATUS "nvcc was not found: building without --device cuda")
  endif()
endif()

if(BACKLIGHT_SIM)
  # In a folder of its own, since a file's language is a property of the folder.
  add_subdirectory(kernels/sim)
  target_sources(backlight_kernels PRIVATE ${sim_only})
  target_link_libraries(backlight_kernels PUBLIC backlight_sim_kernels backlight_sim_engine)
  target_compile_definitions(backlight_kernels PUBLIC BACKLIGHT_HAS_SIM)
endif()
