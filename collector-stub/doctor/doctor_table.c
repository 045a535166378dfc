/* SPDX-License-Identifier: Apache-2.0 */
#include "collector-stub/doctor/doctor.h"

extern const struct doctor_check doctor_files, doctor_certificates,
	doctor_clock, doctor_disk, doctor_database, doctor_reach;

/* Certificates come before what uses them. */
const struct doctor_check *const doctor_table[] = {
	&doctor_files,
	&doctor_certificates,
	&doctor_clock,
	&doctor_disk,
	&doctor_database,
	&doctor_reach,
	NULL
};
