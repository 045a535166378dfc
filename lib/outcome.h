/* SPDX-License-Identifier: Apache-2.0 */
/* The outcome of a command, as a word. */
#ifndef CW_LIB_OUTCOME_H
#define CW_LIB_OUTCOME_H

#include "proto/certwalk.pb-c.h"

/* done, failed, refused, timed-out or unknown; "" for any other number. */
const char *outcome_word(Cw__CommandResult__Outcome outcome);

#endif
