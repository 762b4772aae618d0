select
    title_id::varchar(16) as title_id,
    ordering,
    name_id::varchar(16) as name_id,
    job_category::varchar(64) as job_category,
    job_title::varchar(1024) as job_title
from {{ source('imdb', 'stg_imdb__title_principals') }}
