"""All tables of the house, imported in one place, so that migrations and the baseline see them."""

from app.core.accounts import models as accounts
from app.core.addresses import models as addresses
from app.core.audit import models as audit
from app.core.casework import models as casework
from app.core.indicators import models as indicators
from app.core.notifications import models as notifications
from app.core.privacy import models as privacy
from app.core.regions import models as regions
from app.core.signing import models as signing
from app.core.village import models as village
from app.government.complaints import models as complaints
from app.government.letters import models as letters
from app.government.residents import models as residents
from app.government.selfservice import models as selfservice
from app.province.announcements import models as announcements
from app.province.archives import models as archives
from app.province.copies import models as copies
from app.province.external import models as external
from app.province.knowledge import models as knowledge
from app.province.life import models as life
from app.province.life import renaming_models as life_renaming
from app.province.maps import models as maps
from app.province.mentoring.cases import models as mentoring_cases
from app.province.mentoring.visits import models as mentoring_visits
from app.province.onboarding.applications import models as onboarding_applications
from app.province.onboarding.bulk import models as onboarding_bulk
from app.province.onboarding.invitations import models as onboarding_invitations
from app.province.onboarding.setup import models as onboarding_setup
from app.province.readiness import models as readiness
from app.province.reports import models as reports
from app.province.training.door import models as training_door
from app.province.training.events import models as training_events
from app.province.training.learning import models as training_learning
from app.province.training.participants import models as training_participants
from tenants import models as tenancy

__all__ = [
    "accounts",
    "addresses",
    "announcements",
    "archives",
    "audit",
    "casework",
    "complaints",
    "copies",
    "external",
    "indicators",
    "knowledge",
    "letters",
    "life",
    "life_renaming",
    "maps",
    "mentoring_cases",
    "mentoring_visits",
    "notifications",
    "onboarding_applications",
    "onboarding_bulk",
    "onboarding_invitations",
    "onboarding_setup",
    "privacy",
    "readiness",
    "regions",
    "reports",
    "residents",
    "selfservice",
    "signing",
    "tenancy",
    "training_door",
    "training_events",
    "training_learning",
    "training_participants",
    "village",
]
