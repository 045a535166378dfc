/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cmd.h"

int main(int argc, char **argv)
{
	return cmd_main("certwalk",
			"Finds the certificates and keys of this host.",
			cmd_table, argc, argv);
}
