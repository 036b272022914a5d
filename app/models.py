"""All tables of the house, imported in one place, so that migrations and the baseline see them."""

from app.core.accounts import models as accounts
from app.core.audit import models as audit
from app.core.indicators import models as indicators
from app.core.privacy import models as privacy
from app.core.regions import models as regions
from app.core.village import models as village
from app.government.residents import models as residents
from tenants import models as tenancy

__all__ = ["accounts", "audit", "indicators", "privacy", "regions", "residents", "tenancy", "village"]
