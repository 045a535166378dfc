/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/finder/check.h"

static void named_and_implied(void **state)
{
	(void)state;
	file("/etc/gitlab/gitlab.rb",
		"## GitLab URL\n"
		"external_url 'https://gitlab.a.example:8443/x'\n"
		"registry_external_url \"https://registry.a.example\"\n"
		"# nginx['ssl_certificate'] = "
		"\"/etc/gitlab/ssl/#{node['fqdn']}.crt\"\n"
		"registry_nginx['ssl_certificate'] = "
		"\"/etc/gitlab/ssl/r.crt\"\n"
		"registry_nginx['ssl_certificate_key'] = "
		"\"/etc/gitlab/ssl/#{node['fqdn']}.key\"\n"
		"gitlab_rails['db_password'] = 'secret'\n");
	find("gitlab");
	assert_found(
		"certificate /etc/gitlab/ssl/r.crt /etc/gitlab/gitlab.rb:5\n"
		"certificate /etc/gitlab/ssl/gitlab.a.example.crt "
		"/etc/gitlab/gitlab.rb:2 gitlab.a.example\n"
		"key /etc/gitlab/ssl/gitlab.a.example.key "
		"/etc/gitlab/gitlab.rb:2 gitlab.a.example\n");
	assert_gaps(
		"/etc/gitlab/gitlab.rb gitlab: line 6: key file: a variable "
		"in its path is not known\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		finder_test(named_and_implied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
