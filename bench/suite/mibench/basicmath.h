// SPDX-License-Identifier: BSD-2-Clause
// Copyright (c) 2026 The Glacis developers
//
// Small mathematics of control programs: roots of cubic polynomials, integer square roots, angles.
#ifndef GLACIS_BENCH_SUITE_MIBENCH_BASICMATH_H
#define GLACIS_BENCH_SUITE_MIBENCH_BASICMATH_H

#include <stdint.h>

// The distinct real roots of c[3] x^3 + c[2] x^2 + c[1] x + c[0], ascending. How many there are is exact when
// the coefficients are integers below 200 in magnitude. Returns their number, 1 to 3; 0 if c[3] is 0.
unsigned cubic_roots(const double c[4], double roots[3]);

// The largest integer whose square is not above the number.
uint32_t integer_root(uint64_t number);

double angle_to_radians(double degrees);
double angle_to_degrees(double radians);

// The benchmark: each round has a cubic polynomial, four integer roots and eight angles. Returns the
// checksum.
uint64_t basicmath_run(uint64_t rounds);

#endif
