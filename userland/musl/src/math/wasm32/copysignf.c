/* SPDX-License-Identifier: MIT */
#include <math.h>

float copysignf(float x, float y)
{
	return __builtin_elementwise_copysign(x, y);
}
