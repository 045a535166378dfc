/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cmd.h"

int main(int argc, char **argv)
{
	return cmd_main("certwalk-collector",
			"Keeps the inventory that the agents report.",
			cmd_table, argc, argv);
}
