"""The demo's two pages, before and after: a policy gains a clause, its FAQ a sentence. Our own words."""

from __future__ import annotations

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><header><nav><a href="/">Home</a> <a href="/jobs">Jobs</a></nav></header>
<main><h1>{title}</h1>
{body}
</main><footer>Example Network, Harbour Street 1</footer></body></html>
"""

_POLICY = """<p>Effective {date}</p>
<p>This policy tells members of Example Network what we do with personal data. It applies to our
website, our apps and every service that links here.</p>
<h2>1. Data we collect</h2>
<p>You give us your name, your e-mail address and a password when you register. We log how you use the
services. We do not sell your contact list.</p>
<h2>2. How we use your data</h2>
<p>{use} We measure how well they work.</p>
<ul><li>to show you people and posts that fit your profile;</li><li>to keep the services secure;</li></ul>
<h2>3. Your choices</h2>
<p>You may ask for a copy of your data. You may close your account at any time, and we delete your data
within thirty days.</p>"""

_FAQ = """<details><summary>Which data does Example Network hold about me?</summary>
<p>Your profile, your posts, and a log of your visits. You can download all of it in the settings.</p></details>
<details><summary>Can I object to the use of my data?</summary>
<p>Yes. Open the settings, choose data privacy and switch the use off.{objection}</p></details>
<details><summary>How long do you keep my posts?</summary>
<p>Until you delete them, or thirty days after you close your account.</p></details>"""

POLICY_BEFORE = _PAGE.format(
    title="Privacy Policy",
    body=_POLICY.format(
        date="1 March 2024",
        use="We use your data to provide, support and personalise the services with the help of automated"
        " systems.",
    ),
)
POLICY_AFTER = _PAGE.format(
    title="Privacy Policy",
    body=_POLICY.format(
        date="18 September 2024",
        use="We may use your personal data and the content you post to provide, support and personalise the"
        " services, to develop and train artificial intelligence (AI) models, and to gain insights with the"
        " help of automated systems.",
    ),
)
FAQ_BEFORE = _PAGE.format(title="Questions and answers", body=_FAQ.format(objection=""))
FAQ_AFTER = _PAGE.format(
    title="Questions and answers",
    body=_FAQ.format(
        objection=" Opting out means that we will not use your data to train models from then on; it does not"
        " affect training that has already taken place."
    ),
)
